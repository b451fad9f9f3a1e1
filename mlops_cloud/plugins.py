"""Find a provider by its name: the built-in ones in one data file, others by entry point, one at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import (
    ConflictError,
    InvalidSpecError,
    MlopsCloudError,
    ProviderError,
    ProviderNotInstalledError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

    from mlops_cloud.provider.base import Provider, ProviderInfo, ProviderSettings

_BUILT_IN = Path(__file__).with_name("providers.json")


@dataclass(frozen=True, slots=True)
class Installed:
    """One provider that can be asked for, or the reason why it cannot."""

    name: str
    distribution: str
    module: str
    info: ProviderInfo | None = None
    problem: str = ""


@cache
def built_in() -> dict[str, dict[str, str]]:
    """Provider name -> module and default profile, of those in our own wheel."""
    loaded: dict[str, dict[str, str]] = json.loads(_BUILT_IN.read_text())
    return loaded


def default_profiles() -> dict[str, str]:
    """Profile name -> provider name, for use without any configuration."""
    return {entry["profile"]: name for name, entry in built_in().items()}


def provider_info(name: str) -> ProviderInfo:
    """What a provider says of itself; only the plugin that was asked for is imported."""
    if name in built_in():
        return _info(name, built_in()[name]["module"])
    found = [entry for entry in _entry_points() if entry.name == name]
    if not found:
        known = sorted({*built_in(), *(entry.name for entry in _entry_points())})
        raise InvalidSpecError(f"no provider is called {name!r}", fix=f"installed: {', '.join(known)}")
    _refuse_two(name, found)
    return _info(name, found[0].value)


def open_provider(name: str, settings: ProviderSettings) -> Provider:
    """The provider, ready for use; ProviderNotInstalledError names the pip line for what is missing."""
    info = provider_info(name)
    missing = [module for module in info.requires if not _importable(module)]
    if missing:
        raise ProviderNotInstalledError(
            f"provider {name} needs {', '.join(missing)}", fix=f"pip install 'mlops-cloud[{info.extra}]'", provider=name
        )
    provider: Provider = _target(info.target)(settings)
    return provider


def config_class(info: ProviderInfo) -> Any:  # noqa: ANN401 - a pydantic class named by the plugin
    """The pydantic model of a provider's profile fields."""
    return _target(info.config)


def installed() -> list[Installed]:
    """Every provider that is installed, with its problem if it has one: what `providers` and `doctor` show."""
    claims: dict[str, list[tuple[str, str]]] = {}
    for entry in _entry_points():
        distribution = entry.dist.name if entry.dist else "unknown"
        claims.setdefault(entry.name, []).append((distribution, entry.value))
    for name, entry_ in built_in().items():
        claims.setdefault(name, []).append(("mlops-cloud", entry_["module"]))
    return [_installed(name, sorted(set(claimants))) for name, claimants in sorted(claims.items())]


def _installed(name: str, claimants: Sequence[tuple[str, str]]) -> Installed:
    distribution, module = claimants[0]
    if len(claimants) > 1:
        return Installed(name, "", module, problem=_two(name, [claimant[0] for claimant in claimants]))
    try:
        return Installed(name, distribution, module, _info(name, module))
    except MlopsCloudError as exc:
        return Installed(name, distribution, module, problem=f"{exc.what}: {exc.why}")


def _entry_points() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    from mlops_cloud.provider.hooks import GROUP

    unique = {
        (entry.name, entry.value, entry.dist.name if entry.dist else ""): entry for entry in entry_points(group=GROUP)
    }
    return list(unique.values())


def _refuse_two(name: str, found: Sequence[EntryPoint]) -> None:
    if len(found) > 1:
        raise ConflictError(
            _two(name, [entry.dist.name if entry.dist else "?" for entry in found]), fix="uninstall one"
        )


def _two(name: str, distributions: Sequence[str]) -> str:
    return f"provider {name!r} is claimed by several distributions: {', '.join(sorted(distributions))}"


def _info(name: str, module: str) -> ProviderInfo:
    import pluggy

    from mlops_cloud.provider import hooks

    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    try:
        manager.register(import_module(module), name=name)
        manager.check_pending()
    except (Exception, SystemExit) as exc:
        raise ProviderError(
            f"the plugin of provider {name!r} cannot be used", why=f"{type(exc).__name__}: {exc}"
        ) from exc
    info: ProviderInfo | None = manager.hook.mlops_cloud_provider()
    if info is None or info.name != name:
        said = "nothing" if info is None else repr(info.name)
        raise ProviderError(f"the plugin of provider {name!r} cannot be used", why=f"it calls its provider {said}")
    return info


def _target(path: str) -> Any:  # noqa: ANN401 - whatever the plugin names
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
