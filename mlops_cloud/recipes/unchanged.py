"""Answer a run that would make nothing from file stats alone: no YAML, no validation, no provider is loaded.

A run that made everything leaves a trail: every file and folder it looked at, with size, times and inode, and the
variables it read. While all of them are as they were, the same question has the same answer. Anything else, however
small, and the run is made as usual.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import write_atomic
from mlops_cloud.results.runs import run_state
from mlops_cloud.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mlops_cloud.results.runs import RunState

_CONFIG = "mlops-cloud.toml"
# Linux stamps files with the time of its last tick, at most 10 ms ago: a file this young may change under one stamp.
_SETTLED_NS = 20_000_000


class ReadVariables(Mapping[str, str]):
    """The environment, remembering which variables were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


class Trail:
    """The trail of one question: this recipe file with these flags, asked from this folder."""

    def __init__(self, home: Path, words: Sequence[object], environ: Mapping[str, str]) -> None:
        own = sorted((name, value) for name, value in environ.items() if name.startswith("MLOPS_CLOUD_"))
        question = json.dumps([VERSION, sys.executable, os.getcwd(), list(words), own])  # noqa: PTH109 - as text
        self._path = home / "unchanged" / f"{hashlib.sha256(question.encode()).hexdigest()[:32]}.json"
        self._environ = environ

    def answer(self) -> tuple[RunState, dict[str, str]] | None:
        """The run that was made and its reports, if everything it looked at is as it was."""
        try:
            trail = json.loads(self._path.read_bytes())
            same = trail["variables"] == _values(trail["variables"], self._environ) and all(
                stamp == _stamp(path) for path, stamp in trail["files"]
            )
            return (run_state(trail["state"]), trail["reports"]) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, state: RunState, reports: Mapping[str, str], looked_at: Iterable[str], variables: set[str]) -> None:
        """Leave the trail of a run that ended well; the answer to come names its steps as cached."""
        paths = sorted({*map(str, looked_at), *_configuration(), *filter(None, sys.path)})
        stamps = _settled(paths)
        document = asdict(state)
        for step in document["steps"].values():
            step["status"] = "cached" if step["status"] == "succeeded" else step["status"]
        trail = {
            "variables": _values(variables, self._environ),
            "files": [[path, stamps[path]] for path in paths],
            "state": document,
            "reports": dict(reports),
        }
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomic(self._path, json.dumps(trail).encode())


def _values(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    # A digest: a variable may hold what must not be stored.
    return {name: hashlib.sha256(environ.get(name, "\0").encode()).hexdigest() for name in names}


def _configuration() -> list[str]:
    """Every place where the configuration is looked for, there or not."""
    import platformdirs

    places = [os.path.join(platformdirs.user_config_dir("mlops-cloud"), _CONFIG)]  # noqa: PTH118 - as text
    folder = os.getcwd()  # noqa: PTH109 - as text
    while True:
        places.append(os.path.join(folder, _CONFIG))  # noqa: PTH118 - as text
        parent = os.path.dirname(folder)  # noqa: PTH120 - as text
        if parent == folder:
            return places
        folder = parent


def _settled(paths: Iterable[str]) -> dict[str, Any]:
    while True:
        stamps = {path: _stamp(path) for path in paths}
        youngest = max((max(stamp[1:3]) for stamp in stamps.values() if stamp), default=0)
        age = time.time_ns() - youngest
        if not 0 <= age < _SETTLED_NS:
            return stamps
        time.sleep((_SETTLED_NS - age) / 1e9)


def _stamp(path: str) -> list[int] | None:
    try:
        stat = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
