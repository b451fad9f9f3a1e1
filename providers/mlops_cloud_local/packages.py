"""What is installed in the interpreter that jobs run with."""

from __future__ import annotations

import os
import platform
import re
import sys
from functools import cache

_FOLDER = re.compile(r"(?P<name>[A-Za-z0-9._-]+?)-(?P<version>[0-9][A-Za-z0-9.+!_]*)(?:-py[0-9.]+)?\.(?:dist|egg)-info")
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


@cache
def installed() -> dict[str, str]:
    """Normalised name -> version, by the names of the folders that installers leave; the first on the path wins."""
    found: dict[str, str] = {}
    for folder in _site_folders():
        for name in _names_in(folder):
            if match := _FOLDER.fullmatch(name):
                found.setdefault(normalised(match["name"]), match["version"])
    return found


@cache
def fingerprint() -> str:
    """The interpreter and the machine as lines of text."""
    python = f"python {platform.python_implementation()} {platform.python_version()}"
    return f"{python}\nmachine {sys.platform} {platform.machine()}\n"


def everything() -> tuple[str, ...]:
    """All that is installed, as sorted `name==version` lines."""
    return tuple(sorted(f"{name}=={version}" for name, version in installed().items()))


def missing(lines: tuple[str, ...]) -> list[str]:
    """The requirement lines that what is installed does not satisfy."""
    wanted = (_without_comment(line) for line in lines)
    return [line for line in wanted if line and not _satisfied(line)]


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _site_folders() -> list[str]:
    # Only these are the interpreter's own: the working folder and PYTHONPATH do not reach a job.
    return [entry for entry in sys.path if os.path.basename(entry) in {"site-packages", "dist-packages"}]  # noqa: PTH119


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path for each of its entries costs more than reading them
    except OSError:
        return []


def _without_comment(line: str) -> str:
    text = re.sub(r"(^|\s)#.*$", "", line).strip()
    return re.split(r"\s+--hash[= ]", text)[0].rstrip("\\ ")


def _satisfied(line: str) -> bool:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        return _name_is_there(line)
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return False
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    version = installed().get(normalised(wanted.name))
    return version is not None and wanted.url is None and wanted.specifier.contains(version, prereleases=True)


def _name_is_there(line: str) -> bool:
    match = _NAME.match(line)
    return match is not None and normalised(match[1]) in installed()
