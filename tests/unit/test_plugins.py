"""Providers are found by name; a broken or doubled plugin harms only itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from mlops_cloud import plugins
from mlops_cloud.errors import ConflictError, ExitCode, InvalidSpecError, MlopsCloudError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLUGIN = """
from mlops_cloud.provider.base import ProviderInfo
from mlops_cloud.provider.hooks import hookimpl

@hookimpl
def mlops_cloud_provider():
    return ProviderInfo("{name}", "A toy.", "{name}", "toy:make", "toy:Config", "{name}", requires={requires})
"""


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution that claims a provider's name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(dist: str, provider: str, module: str, text: str) -> None:
        (tmp_path / f"{module}.py").write_text(text)
        info = tmp_path / f"{dist}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mlops_cloud]\n{provider} = {module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def test_a_third_party_provider_is_found_by_its_entry_point(distribution: Callable[..., None]) -> None:
    distribution("acme", "acme", "acme_plugin", PLUGIN.format(name="acme", requires=()))
    assert plugins.provider_info("acme").summary == "A toy."
    assert {entry.name: entry.distribution for entry in plugins.installed()}["acme"] == "acme"


def test_two_claims_of_one_name_are_refused(distribution: Callable[..., None]) -> None:
    for dist in ("acme", "other"):
        distribution(dist, "acme", f"{dist}_plugin", PLUGIN.format(name="acme", requires=()))
    with pytest.raises(ConflictError, match="acme, other"):
        plugins.provider_info("acme")
    problems = {entry.name: entry.problem for entry in plugins.installed()}
    assert "acme, other" in problems["acme"]
    assert problems["local"] == ""


def test_a_built_in_name_cannot_be_taken(distribution: Callable[..., None]) -> None:
    distribution("evil", "local", "evil_plugin", "raise SystemExit('ran')")
    assert plugins.provider_info("local").target.startswith("mlops_cloud_local.")
    assert "evil" in {entry.name: entry.problem for entry in plugins.installed()}["local"]


def test_a_plugin_that_breaks_at_import_harms_only_itself(distribution: Callable[..., None]) -> None:
    distribution("broken", "broken", "broken_plugin", "import no_such_sdk_at_all")
    with pytest.raises(MlopsCloudError, match="no_such_sdk_at_all"):
        plugins.provider_info("broken")
    problems = {entry.name: entry.problem for entry in plugins.installed()}
    assert "no_such_sdk_at_all" in problems["broken"]
    assert problems["local"] == ""


def test_an_unasked_plugin_is_not_imported(distribution: Callable[..., None]) -> None:
    distribution("evil", "evil", "evil_plugin", "raise SystemExit('ran')")
    distribution("acme", "acme", "acme_plugin", PLUGIN.format(name="acme", requires=()))
    assert plugins.provider_info("acme").name == "acme"
    assert "evil_plugin" not in sys.modules


def test_a_missing_package_names_the_pip_line(distribution: Callable[..., None], tmp_path: Path) -> None:
    from mlops_cloud.provider.base import ProviderSettings

    distribution("acme", "acme", "acme_plugin", PLUGIN.format(name="acme", requires=("no_such_sdk.deep",)))
    with pytest.raises(MlopsCloudError, match=r"pip install 'mlops-cloud\[acme\]'") as caught:
        plugins.open_provider("acme", ProviderSettings("acme", "shop", str(tmp_path)))
    assert caught.value.exit_code is ExitCode.INVALID


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(InvalidSpecError, match="local"):
        plugins.provider_info("lokal")
