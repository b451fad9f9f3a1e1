"""What is installed in an interpreter, and whether that satisfies what a job asks for."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from mlops_cloud.packages.requirements import normalised

if TYPE_CHECKING:
    from mlops_cloud.packages.closure import Distribution
    from mlops_cloud_local.interpreters import Interpreter

_FOLDER = re.compile(r"(?P<name>[A-Za-z0-9._-]+?)-(?P<version>[0-9][A-Za-z0-9.+!_]*)(?:-py[0-9.]+)?\.(?:dist|egg)-info")
_NEEDS = "Requires-Dist:"


@cache
def installed(python: Interpreter) -> dict[str, tuple[str, str]]:
    """Normalised name -> version and folder, by the folders that installers leave; the first on the path wins."""
    there: dict[str, tuple[str, str]] = {}
    for folder in python.site_folders:
        for name in _names_in(folder):
            if match := _FOLDER.fullmatch(name):
                there.setdefault(normalised(match["name"]), (match["version"], f"{folder}{os.sep}{name}"))
    return there


def versions(python: Interpreter) -> dict[str, str]:
    """Normalised name -> version."""
    return {name: version for name, (version, _) in installed(python).items()}


def everything(python: Interpreter) -> tuple[str, ...]:
    """All that is installed, as sorted `name==version` lines."""
    return tuple(sorted(f"{name}=={version}" for name, version in versions(python).items()))


def satisfying(python: Interpreter, lines: tuple[str, ...]) -> tuple[str, ...] | None:
    """The installed packages by which the lines and all they need are satisfied; None when they are not."""
    from mlops_cloud.packages.closure import closure
    from mlops_cloud.packages.targets import Target

    whole = closure(lines, lambda name: _distribution(python, name), Target(python.minor).markers())
    return None if whole.missing else whole.lines()


def stamp(python: Interpreter) -> list[list[int | str]]:
    """What changes when something is installed or removed: the folders' times, without looking into them."""
    stamps: list[list[int | str]] = [[python.version]]
    for folder in python.site_folders:
        with suppress(OSError):
            status = os.stat(folder)  # noqa: PTH116 - as text
            stamps.append([folder, status.st_mtime_ns, status.st_ino])
    return stamps


@cache
def _distribution(python: Interpreter, name: str) -> Distribution | None:
    from mlops_cloud.packages.closure import Distribution

    if name not in installed(python):
        return None
    version, folder = installed(python)[name]
    return Distribution(name, version, _needs(folder))


def _needs(folder: str) -> tuple[str, ...]:
    """The requirement lines of a distribution, read up to the end of its headers."""
    needs = []
    with suppress(OSError), open(f"{folder}{os.sep}METADATA", encoding="utf-8", errors="replace") as lines:  # noqa: PTH123
        for line in lines:
            if line == "\n":
                break
            if line.startswith(_NEEDS):
                needs.append(line.removeprefix(_NEEDS).strip())
    return tuple(needs)


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path for each of its entries costs more than reading them
    except OSError:
        return []
