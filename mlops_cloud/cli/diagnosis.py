"""What `doctor` looks at: this Python, the home folder, the plugins, and what the provider says of itself."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from mlops_cloud.errors import MlopsCloudError
from mlops_cloud.results.requests import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.cli.options import Common


def findings(common: Common) -> Iterator[Finding]:
    """Everything that was looked at, good or bad."""
    from mlops_cloud import __version__
    from mlops_cloud.config.home import home

    yield Finding("mlops-cloud", ok=True, message=__version__)
    yield Finding("python", ok=True, message=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _home(home(os.environ))
    yield from _plugins()
    yield from _provider(common)


def _home(folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if os.access(existing, os.W_OK):
        return Finding("home", ok=True, message=str(folder))
    fix = "set MLOPS_CLOUD_HOME to a folder of your own"
    return Finding("home", ok=False, message=f"{existing} cannot be written", fix=fix)


def _plugins() -> Iterator[Finding]:
    from mlops_cloud.plugins import installed

    for plugin in installed():
        subject = f"provider {plugin.name}"
        if plugin.info is None:
            yield Finding(subject, ok=False, message=plugin.problem, fix="uninstall or mend its distribution")
        else:
            yield Finding(subject, ok=True, message=f"from {plugin.distribution}: {plugin.info.summary}")


def _provider(common: Common) -> Iterator[Finding]:
    try:
        with common.connect(read_only=True) as cloud:
            yield Finding("profile", ok=True, message=f"{cloud.profile.name} ({cloud.provider.info.name})")
            yield from cloud.provider.diagnose()
    except MlopsCloudError as exc:
        yield Finding("profile", ok=False, message=f"{exc.what}: {exc.why}" if exc.why else exc.what, fix=exc.fix)
