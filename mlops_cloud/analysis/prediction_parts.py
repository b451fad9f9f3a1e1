"""The predictions of whole chunks in the checkpoint, one file each, and how far they go.

A part is there whole or not at all, and the progress names only parts that are there; so a job that was killed at any
moment goes on behind its last whole chunk.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.chunks import Place
from mlops_runtime import record_file

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.analysis.cells import ColumnType
    from mlops_cloud.analysis.column_kinds import Kinds

_PROGRESS = "progress.json"


@dataclass(frozen=True, slots=True)
class State:
    """How far the predictions go."""

    chunks: int = 0
    rows: int = 0
    place: Place = field(default_factory=Place)
    """Where the next chunk begins."""
    kinds: Kinds | None = None
    """The columns' types, once a chunk was read."""
    classes: list[str] = field(default_factory=list)
    """Those with a column of probabilities."""
    kind: ColumnType | None = None
    """Of the predictions."""
    tally: dict[str, Any] = field(default_factory=dict)
    crc: int = 0
    """Of all parts one behind the other."""


class Parts:
    """The parts of one batch prediction; those of another in the same folder are not gone on from."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = identity
        folder.mkdir(parents=True, exist_ok=True)

    def state(self) -> State:
        """What was kept before; a new state when nothing was, or when a part is not as it was written."""
        try:
            kept = json.loads((self._folder / _PROGRESS).read_bytes())
            state = State(**{**kept["state"], "place": Place(**kept["state"]["place"])})
            whole = kept["identity"] == self._identity and self._crc(state.chunks) == state.crc
        except (OSError, ValueError, KeyError, TypeError):
            return State()
        return state if whole else State()

    def add(self, text: str, state: State) -> State:
        """Keep one more part; `state` is what holds behind it."""
        kept = replace(state, crc=zlib.crc32(text.encode(), state.crc))
        record_file.write(str(self._path(state.chunks - 1)), text)
        document = {"identity": self._identity, "state": asdict(kept)}
        record_file.write(str(self._folder / _PROGRESS), json.dumps(document))
        return kept

    def paths(self, count: int) -> list[Path]:
        """The first parts, in order."""
        return [self._path(number) for number in range(count)]

    def clear(self) -> None:
        """Leave nothing to go on from."""
        (self._folder / _PROGRESS).unlink(missing_ok=True)
        for path in self._folder.glob("part-*.csv"):
            path.unlink()

    def _crc(self, count: int) -> int:
        found = 0
        for path in self.paths(count):
            found = zlib.crc32(path.read_bytes(), found)
        return found

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number:06}.csv"
