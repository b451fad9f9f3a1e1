"""The Pythons of this computer: this one, and others by their version."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PATIENCE = 20.0  # seconds: an interpreter on a slow disk
_OLDEST, _NEWEST = 8, 30
_PROBE = """
import json, platform, site, sys
print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),
                  [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and where its packages lie."""

    path: str
    implementation: str
    version: str
    """With its patch level, e.g. 3.11.4."""
    site_folders: tuple[str, ...]

    @property
    def minor(self) -> str:
        """Version without the patch level."""
        return ".".join(self.version.split(".")[:2])

    def fingerprint(self) -> str:
        """The interpreter and the machine as lines of text."""
        return f"python {self.implementation} {self.version}\nmachine {sys.platform} {platform.machine()}\n"


@cache
def this_one() -> Interpreter:
    """The interpreter that runs us."""
    # Only these are its own: the working folder and PYTHONPATH do not reach a job.
    own = (entry for entry in sys.path if os.path.basename(entry) in {"site-packages", "dist-packages"})  # noqa: PTH119
    return Interpreter(sys.executable, platform.python_implementation(), platform.python_version(), tuple(own))


@cache
def found(minor: str) -> Interpreter | None:
    """The interpreter of a version such as 3.12: this one, which an empty text means too, else from PATH, else uv's."""
    if minor in ("", this_one().minor):
        return this_one()
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for path in (Path(folder, f"python{minor}") for folder in folders if folder):
        if os.access(path, os.X_OK) and (python := _probed(str(path), minor)):
            return python
    return _known_to_uv(minor)


def versions() -> list[str]:
    """The versions that jobs can have here."""
    return [minor for minor in (f"3.{number}" for number in range(_OLDEST, _NEWEST)) if found(minor)]


def _known_to_uv(minor: str) -> Interpreter | None:
    from mlops_cloud.packages.tools import uv

    if not (command := uv()):
        return None
    done = _done([*command, "python", "find", "--no-python-downloads", "--no-project", minor])
    return _probed(done.strip(), minor) if done else None


def _probed(path: str, minor: str) -> Interpreter | None:
    """The interpreter at a path when it works and has that version: a name may lead to a wrapper of something else."""
    try:
        executable, implementation, version, folders = json.loads(_done([path, "-I", "-c", _PROBE]))
    except (ValueError, TypeError):
        return None
    python = Interpreter(executable, implementation, version, tuple(folders))
    return python if python.minor == minor else None


def _done(argv: list[str]) -> str:
    import subprocess

    try:
        done = subprocess.run(argv, capture_output=True, check=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")
