"""A few rows of a table, for a rehearsal: seeded, in the table's order, chosen in one pass whatever its size."""

from __future__ import annotations

from heapq import heappush, heapreplace
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from mlops_cloud.analysis.cells import is_missing
from mlops_cloud.analysis.tables import Batch, Options, Schema, Table, open_table, require_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Sample:
    """Some rows of a table as a table of their own, in `file`; each keeps the line that it has in the whole."""

    def __init__(self, whole: Table, file: Path, options: Options, lines: Sequence[int]) -> None:
        self._table = open_table(file, options)
        self._lines = lines
        self.file = file
        self.path = whole.path  # what messages name
        self.names = whole.names
        self.line_word = whole.line_word

    def batches(self) -> Iterator[Batch]:
        """The rows in order."""
        done = 0
        for batch in self._table.batches():
            yield Batch(self._lines[done : done + len(batch.rows)], batch.rows, batch.source)
            done += len(batch.rows)

    def schema(self) -> Schema:
        """The types over the rows of the sample."""
        return self._table.schema()

    def write_parts(self, assignment: bytes, targets: dict[int, Path]) -> None:
        """Write row i of the sample into the file `targets[assignment[i]]`."""
        self._table.write_parts(assignment, targets)


def sample(
    table: Table,
    folder: Path,
    rows: int,
    *,
    seed: int = 0,
    column: str = "",
    each: int = 2,
    format: str = "",  # noqa: A002 - the options' own word
) -> Sample:
    """At most `rows` rows, evenly drawn, in a file of the same name in `folder`.

    With a column every value of it keeps `each` of its rows, or all of fewer, as long as `rows` has room for that.
    """
    chosen, total = _chosen(table, rows, seed, column, each)
    assignment = bytearray(total)
    for drawn in chosen:
        assignment[drawn.row] = 1
    folder.mkdir()
    file = folder / table.path.name
    table.write_parts(bytes(assignment), {1: file})
    options = Options(format, getattr(table, "delimiter", ""))
    return Sample(table, file, options, [drawn.line for drawn in chosen])


class _Drawn(NamedTuple):
    """A row by its rank, the lowest of which are kept: the first of a heap is the next to go."""

    below: float
    """The rank's negative."""
    row: int
    line: int


def _chosen(table: Table, most: int, seed: int, column: str, each: int) -> tuple[list[_Drawn], int]:
    """The rows of the sample in order, and how many rows there are."""
    random = Random(f"sample {seed}")  # noqa: S311 - the same rows everywhere are wanted, not secrecy
    place = require_column(table, column, "split by stratified") if column else -1
    evenly: list[_Drawn] = []
    by_value = _ByValue(most, each)
    total = 0
    for batch in table.batches():
        for line, cells in zip(batch.lines, batch.rows, strict=True):
            drawn = _Drawn(-random.random(), total, line)
            _keep(evenly, drawn, most)
            if place >= 0:
                by_value.add(cells[place], drawn)
            total += 1
    wanted = by_value.rows()
    wanted |= dict.fromkeys(sorted(set(evenly) - wanted.keys(), reverse=True)[: most - len(wanted)])
    return sorted(wanted, key=lambda drawn: drawn.row), total


class _ByValue:
    """The first few of each value's rows; nothing once there are more values than the sample has room for."""

    def __init__(self, most: int, each: int) -> None:
        self._limit = most // each
        self._each = each
        self._heaps: dict[str, list[_Drawn]] = {}

    def add(self, cell: object, drawn: _Drawn) -> None:
        """Keep the row if it is among the first of its value."""
        if self._limit:
            _keep(self._heaps.setdefault("" if is_missing(cell) else str(cell), []), drawn, self._each)
            if len(self._heaps) > self._limit:
                self._limit = 0
                self._heaps.clear()

    def rows(self) -> dict[_Drawn, None]:
        """All that were kept."""
        return dict.fromkeys(drawn for heap in self._heaps.values() for drawn in heap)


def _keep(heap: list[_Drawn], drawn: _Drawn, most: int) -> None:
    if len(heap) < most:
        heappush(heap, drawn)
    elif drawn > heap[0]:
        heapreplace(heap, drawn)
