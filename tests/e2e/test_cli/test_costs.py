"""A provider that bills: what a plan says of prices, and the question before a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    Project = Any

PLUGIN = """
from dataclasses import replace
from mlops_cloud.provider.hooks import hookimpl
from mlops_cloud_local.plugin import INFO as LOCAL

INFO = replace(LOCAL, name="paid", profile="paid", target="paid_cloud:create", bills=True)

@hookimpl
def mlops_cloud_provider():
    return INFO
"""
CLOUD = """
from mlops_cloud.results.requests import Price
from mlops_cloud_local.provider import LocalProvider
from paid_plugin import INFO

class Paid(LocalProvider):
    info = INFO

    def price(self, compute):
        return Price(1.25, "USD", "here", "list", "2026-11-01") if compute.cpu == 1 else None

def create(settings):
    return Paid(settings)
"""


@pytest.fixture
def paid(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The tiny recipe on a plugin's provider; the training's machine has no known price."""
    plugins = tmp_path / "plugins"
    record = plugins / "paid-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: paid\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[mlops_cloud]\npaid = paid_plugin\n")
    (plugins / "paid_plugin.py").write_text(PLUGIN)
    (plugins / "paid_cloud.py").write_text(CLOUD)
    monkeypatch.syspath_prepend(str(plugins))
    recipe = (project.folder / "recipe.yaml").read_text()
    project.write(
        recipe_yaml=recipe.replace("script: train.py", "script: train.py\n    compute: {cpu: 2}"),
        **{"mlops-cloud_toml": 'profile = "paid"\n[profiles.paid]\nprovider = "paid"\n'},
    )
    return project


def test_a_plan_shows_prices_and_counts_those_that_are_unknown(paid: Project) -> None:
    planned = paid("plan")
    assert planned.code == 0, planned.err
    assert "price per hour" in planned.out
    assert "1.25 USD" in planned.out
    assert "The price of 1 of them is unknown." in planned.out
    assert json.loads(paid("plan", "-o", "json").out)["steps"][0]["price"]["source"] == "list"


def test_a_run_that_costs_money_needs_a_yes(paid: Project) -> None:
    asked = paid("run")
    assert asked.code == 2
    assert "1.25 USD" in asked.err
    assert "add --yes" in asked.err
    assert paid("jobs", "list", "-o", "name").out == ""
    assert paid("run", "--yes").code == 0
    assert paid("run").code == 0, "what is cached costs nothing"


def test_a_plugin_needs_no_profile_to_say_what_it_can_do(paid: Project) -> None:
    (paid.folder / "mlops-cloud.toml").unlink()
    described = json.loads(paid("providers", "describe", "paid", "-o", "json").out)
    assert described["bills"] is True
    assert described["capabilities"]["training"] == {"level": "full", "detail": ""}


def test_a_plugin_stands_beside_the_built_in_providers(paid: Project) -> None:
    assert paid("providers", "-o", "name").out.split() == ["local", "paid"]
    shown = paid("providers").out
    assert "local" in shown
    assert "paid" in shown
