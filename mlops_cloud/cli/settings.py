"""The settings of a profile as they may be shown: what is not on the provider's whitelist is hidden."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlops_cloud.safety.redact import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.cli.options import Common

_OURS = ("profile", "provider", "project", "prefix")


class Setting(NamedTuple):
    """One setting, its value as it may be shown, and where it was set."""

    name: str
    value: str
    origin: str


def settings(common: Common) -> Iterator[Setting]:
    """Every setting of the profile in use."""
    from mlops_cloud import plugins
    from mlops_cloud.config.home import home
    from mlops_cloud.config.resolution import resolve

    profile = resolve(
        common.profile,
        folder=Path.cwd(),
        overrides={"project": common.project} if common.project else {},
        environ=os.environ,
        defaults=plugins.default_profiles(),
    )
    printable = plugins.provider_info(profile.provider).printable
    for name, value in profile.values():
        # Of a secret only the place where it is kept is configured, never the secret itself.
        shown = name in _OURS or name in printable or name.startswith(("tags.", "secrets."))
        yield Setting(name, str(value.value) if shown else MASK, value.origin)
    yield Setting("home", str(home(os.environ)), _home_origin())


def _home_origin() -> str:
    return "environment variable MLOPS_CLOUD_HOME" if "MLOPS_CLOUD_HOME" in os.environ else "default"
