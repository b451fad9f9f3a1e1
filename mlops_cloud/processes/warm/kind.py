"""One kind of warm server: jobs that agree in all of it can be given copies of the same interpreter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.processes.warm.surroundings import surroundings
from mlops_cloud.processes.warm.variables import decisive

if TYPE_CHECKING:
    from collections.abc import Mapping

START = Path(__file__).with_name("server") / "start.py"
_NAME_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class ServerKind:
    """An interpreter, what it has imported, and the environment that its jobs have."""

    home: Path
    """The folder of all warm servers; this user's alone."""
    python: str
    """Absolute path of the interpreter of the jobs' scripts."""
    preload: tuple[str, ...]
    """Modules; those that are not installed are passed over."""
    afterwards: tuple[str, ...] = ()
    """More of them, which it imports while it has nothing else to do."""
    environment: Mapping[str, str]
    """The whole environment of a job."""
    idle_seconds: float = 600.0
    """After so long without a job the server leaves."""

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment of the server: the part of its jobs' that they must have in common."""
        return decisive(self.environment)

    @cached_property
    def folder(self) -> Path:
        """Where the server of this kind is, in the surroundings of this process."""
        parts = [self.python, self.preload, self.afterwards, self.variables, str(START), surroundings()]
        return self.home / sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_NAME_LENGTH]
