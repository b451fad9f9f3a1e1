"""Answer a run that would make nothing from file stats alone: no YAML, no validation, no provider is loaded.

A run that made everything leaves a trail: every file and folder it looked at, with size, times and inode, and the
variables it read. While all of them are as they were, the same question has the same answer; a file of the user's that
was only saved again is as it was when its content is. Anything else, however small, and the run is made as usual.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import write_atomic
from mlops_cloud.results.runs import run_state
from mlops_cloud.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mlops_cloud.results.runs import RunState

_CONFIG = "mlops-cloud.toml"
_SMALL = 1 << 20
"""Bytes of a file that is read again rather than looked at properly."""
# Linux stamps files with the time of its last tick, at most 10 ms ago: a file this young may change under one stamp.
_SETTLED_NS = 20_000_000


Stamp = list[int] | None
"""Size, times of change and inode; None for what is not there."""


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
        self._before: dict[str, Stamp] = {}

    def begin(self, *files: str) -> None:
        """Look at the recipe and its vars files, the configuration and the packages before they are read.

        A run may take hours.
        """
        self._before = {path: _stamp(path) for path in (*files, *_configuration(), *filter(None, sys.path))}

    def answer(self) -> tuple[RunState, dict[str, str]] | None:
        """The run that was made and its reports, if everything it looked at is as it was."""
        try:
            trail = json.loads(self._path.read_bytes())
            same = trail["variables"] == _values(trail["variables"], self._environ) and all(
                stamp == _stamp(path) or (content and content == _content(path))
                for path, stamp, content in trail["files"]
            )
            return (run_state(trail["state"]), trail["reports"]) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(
        self,
        state: RunState,
        reports: Mapping[str, str],
        looked_at: Mapping[Path, Stamp],
        watched: Iterable[str],
        variables: set[str],
    ) -> None:
        """Leave the trail of a run that ended well; the answer to come names its steps as cached.

        `looked_at` are the user's files and folders as they were when they were read, `watched` those of the provider.
        There is no trail when something was edited while the run went on.
        """
        seen = self._before | {str(path): stamp for path, stamp in looked_at.items()}
        contents = {path: _content(path) for path in seen}
        paths = sorted({*seen, *watched})
        stamps = _settled(paths)
        if any(stamps[path] != stamp for path, stamp in seen.items()):
            return
        document = asdict(state)
        for step in document["steps"].values():
            step["status"] = "cached" if step["status"] == "succeeded" else step["status"]
        trail = {
            "variables": _values(variables, self._environ),
            "files": [[path, stamps[path], contents.get(path)] for path in paths],
            "state": document,
            "reports": dict(reports),
        }
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomic(self._path, json.dumps(trail).encode(), durable=False)


def _content(path: str) -> str | None:
    """Digest of a small file's bytes, or of the names in a folder."""
    try:
        if os.path.isdir(path):  # noqa: PTH112 - as text
            return hashlib.sha256("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")).hexdigest()  # noqa: PTH208
        with open(path, "rb") as stream:  # noqa: PTH123 - as text
            data = stream.read(_SMALL + 1)
    except OSError:
        return None
    return hashlib.sha256(data).hexdigest() if len(data) <= _SMALL else None


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


def _settled(paths: Iterable[str]) -> dict[str, Stamp]:
    while True:
        stamps = {path: _stamp(path) for path in paths}
        youngest = max((max(stamp[1:3]) for stamp in stamps.values() if stamp), default=0)
        age = time.time_ns() - youngest
        if not 0 <= age < _SETTLED_NS:
            return stamps
        time.sleep((_SETTLED_NS - age) / 1e9)


def _stamp(path: str) -> Stamp:
    try:
        stat = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
