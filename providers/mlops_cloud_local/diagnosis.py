"""What `doctor` says about this computer."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from mlops_cloud.packages.tools import found
from mlops_cloud.processes import memory_mode
from mlops_cloud.results.requests import Finding
from mlops_cloud.specs.quantities import size_text
from mlops_cloud_local.interpreters import this_one
from mlops_cloud_local.packages import versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.machine import Machine

_WANTED_SPACE = 2**30
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
_OPTIONAL = ("scikit-learn", "scipy", "pandas", "duckdb", "skops")


def findings(home: Home, machine: Machine) -> Iterator[Finding]:
    """One line a subject."""
    yield Finding("python", True, f"{sys.version.split()[0]} at {sys.executable}")
    yield Finding("machine", True, f"{machine.cpus} processors, {size_text(machine.memory)} of memory")
    yield _home(home.folder)
    yield _space(home.folder)
    yield _sqlite()
    yield Finding("memory limit", True, f"{memory_mode()}")
    yield _installer()
    yield from (_library(name) for name in _OPTIONAL)


def _home(folder: Path) -> Finding:
    existing = _existing(folder)
    if os.access(existing, os.W_OK | os.X_OK):
        return Finding("home", True, f"{folder} can be written")
    return Finding("home", False, f"{existing} cannot be written", "set MLOPS_CLOUD_HOME to a folder of your own")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    enough = free >= _WANTED_SPACE
    return Finding(
        "disk", enough, f"{size_text(free)} free", "" if enough else f"free at least {size_text(_WANTED_SPACE)}"
    )


def _sqlite() -> Finding:
    import sqlite3

    good = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
    return Finding("sqlite", good, sqlite3.sqlite_version, "" if good else "use a Python with SQLite 3.37 or newer")


def _installer() -> Finding:
    if tool := found():
        return Finding("requirements", True, f"{tool} makes environments of those that are not installed here")
    return Finding("requirements", False, "neither pip nor uv is here", "python -m ensurepip, or install uv")


def _library(name: str) -> Finding:
    version = versions(this_one()).get(name)
    if version:
        return Finding(name, True, version)
    return Finding(name, False, "not installed", "pip install 'mlops-cloud[local]'")


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
