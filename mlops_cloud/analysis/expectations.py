"""Check what is expected of a table, all in one pass, and show the rows that break it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.cells import is_missing
from mlops_cloud.analysis.column_checks import Check, checks_of
from mlops_cloud.analysis.tables import open_table, require_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.analysis.tables import Batch, Options, Source, Table

EXAMPLES = 5
_SHOWN = 80
"""Characters of a cell in an example."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row that broke an expectation."""

    where: str
    """`line 7` of a CSV file, `row 7` of a Parquet file."""
    line: int
    column: str
    value: str
    row: dict[str, str]

    def __str__(self) -> str:
        return f"{self.where}: {self.column} = {self.value!r}"


@dataclass(frozen=True, slots=True)
class Broken:
    """One expectation that rows broke; `column` is empty when the number of rows is wrong."""

    column: str
    expectation: str
    message: str
    count: int
    rows: tuple[Example, ...] = ()


def check(
    path: Source, expect: Mapping[str, Any], options: Options | None = None, *, now: float | None = None
) -> list[Broken]:
    """What is broken of `{"rows": {min, max}, "columns": {name: {not_null, unique, min, max, one_of, …}}}`.

    A missing cell breaks only not_null. A pattern must match the whole cell; a cell of over 10,000 characters matches
    none. max_age, in seconds, is about the newest time of the column against `now` (seconds since 1970).
    InvalidSpecError when the file lacks a column.
    """
    table = open_table(path, options)
    columns: Mapping[str, Mapping[str, Any]] = expect.get("columns") or {}
    places = {name: require_column(table, name, f"expect.columns.{name}") for name in columns}
    with ExitStack() as stack:
        clock = time.time() if now is None else now
        tallies = {
            name: [_Tally(found) for found in checks_of(name, wanted, clock, stack)] for name, wanted in columns.items()
        }
        rows = 0
        for batch in table.batches():
            rows += len(batch.rows)
            for name, tally in tallies.items():
                _add(table, batch, places[name], tally)
        broken = [tally.broken(name) for name, found in tallies.items() for tally in found]
    return [*_rows_broken(expect.get("rows") or {}, rows), *(entry for entry in broken if entry)]


@dataclass(slots=True)
class _Tally:
    check: Check
    count: int = 0
    rows: list[Example] = field(default_factory=list)

    def broken(self, column: str) -> Broken | None:
        late = self.check.at_end()
        if late:
            return Broken(column, self.check.expectation, f"{column}: {late}", self.count + 1, tuple(self.rows))
        if not self.count:
            return None
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        message = f"{column}: {self.check.fault}, in {rows}"
        return Broken(column, self.check.expectation, message, self.count, tuple(self.rows))


def _add(table: Table, batch: Batch, column: int, tallies: Sequence[_Tally]) -> None:
    cells = batch.column(column)
    held = [place for place, cell in enumerate(cells) if not is_missing(cell)]
    values = cells if len(held) == len(cells) else [cells[place] for place in held]
    for tally in tallies:
        if tally.check.expectation == "not_null":
            places = sorted(set(range(len(cells))).difference(held)) if len(held) < len(cells) else []
        else:
            places = [held[place] for place in tally.check.breaking(values)]
        tally.count += len(places)
        wanted = EXAMPLES - len(tally.rows)
        tally.rows += [_example(table, batch, place, column) for place in places[:wanted]]


def _example(table: Table, batch: Batch, place: int, column: int) -> Example:
    line = batch.lines[place]
    row = {name: _text(cell) for name, cell in zip(table.names, batch.rows[place], strict=True)}
    name = table.names[column]
    return Example(f"{table.line_word} {line}", line, name, row[name], row)


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _rows_broken(limits: Mapping[str, Any], rows: int) -> list[Broken]:
    fewest, most = limits.get("min"), limits.get("max")
    broken = []
    if fewest is not None and rows < fewest:
        broken.append(Broken("", "rows.min", f"{rows:,} rows, at least {fewest:,} are expected", rows))
    if most is not None and rows > most:
        broken.append(Broken("", "rows.max", f"{rows:,} rows, at most {most:,} are expected", rows))
    return broken
