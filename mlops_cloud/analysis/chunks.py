"""One table, or several in order, in chunks: rows that are predicted together, and where the next ones begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mlops_cloud.analysis.column_kinds import widest
from mlops_cloud.analysis.parquet_table import ParquetTable
from mlops_cloud.analysis.tables import open_table
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlops_cloud.analysis.column_kinds import Kinds
    from mlops_cloud.analysis.csv_table import CsvTable
    from mlops_cloud.analysis.features import Rows

GUESSED_FROM = 10_000
"""Rows of a CSV file whose cells say, until another says otherwise, what type each column has."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the rows is wanted."""

    features: Sequence[str]
    """The columns that the model takes."""
    carried: Sequence[str]
    """The columns that stand beside the predictions, as text."""
    most: int
    """Rows of a chunk; fewer where rows are very wide."""
    as_cells: bool
    """Python values for a user's own predict(), not arrays; then 1 and 1.0 are different types."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows begin."""

    file: int = 0
    offset: int = 0
    """What was read of the file: bytes of CSV, rows of Parquet."""
    line: int = 0
    """Lines, or rows, before it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows of one file."""

    rows: Rows
    carried: list[list[str | None]]
    """The cells of each carried column."""
    lines: Sequence[int]
    """Where each row begins in its file."""
    end: Place
    """Where the next chunk begins."""
    kinds: Kinds
    """The columns' types as far as they are known."""


class ChunkedFile(Protocol):
    """One file that gives its rows in chunks."""

    size: int
    """What `Place.offset` grows to."""

    @property
    def table(self) -> CsvTable | ParquetTable:
        """The file itself."""

    def kinds(self, wanted: Wanted) -> Kinds:
        """The types of the wanted features, at a glance."""

    def all_kinds(self, wanted: Wanted) -> Kinds:
        """The types of the wanted features over all rows."""

    def chunks(self, place: Place, wanted: Wanted, kinds: Kinds) -> Iterator[Chunk]:
        """The chunks from a place to the file's end."""


class Chunks:
    """All files at a place, in the order of their names; those whose names begin with `.` or `_` are left out."""

    def __init__(self, place: Path) -> None:
        paths = [place] if place.is_file() else sorted(filter(_is_data, place.rglob("*")))
        if not paths:
            raise InvalidSpecError(f"there is no table in {place.name}", fix="give a CSV or Parquet file with rows")
        self.files = [_opened(path) for path in paths]
        self.names = self.files[0].table.names
        for file in self.files[1:]:
            if file.table.names != self.names or type(file) is not type(self.files[0]):
                raise InvalidSpecError(
                    f"{file.table.path.name} has other columns or another form than {paths[0].name}",
                    why=f"{', '.join(file.table.names[:20])}; {', '.join(self.names[:20])}",
                    fix="give files with the same columns in the same order",
                )

    @property
    def identity(self) -> list[list[Any]]:
        """Names and sizes: what a checkpoint is compared with."""
        return [[file.table.path.name, file.table.path.stat().st_size] for file in self.files]

    def share(self, place: Place) -> float:
        """How much of everything lies before a place, 0 to 1."""
        read = sum(file.size for file in self.files[: place.file]) + place.offset
        return read / max(1, sum(file.size for file in self.files))

    def first_kinds(self, wanted: Wanted) -> Kinds:
        """The types of the features as far as they show without reading everything."""
        if isinstance(self.files[0].table, ParquetTable):
            return self.all_kinds(wanted)
        return self.files[0].kinds(wanted)

    def all_kinds(self, wanted: Wanted) -> Kinds:
        """The types of the features over all rows of all files."""
        return widest(file.all_kinds(wanted) for file in self.files)

    def read(self, place: Place, wanted: Wanted, kinds: Kinds) -> Iterator[Chunk]:
        """The chunks from a place on; WiderColumnError where a cell does not fit its column's type."""
        for number, file in enumerate(self.files[place.file :], place.file):
            start = place if number == place.file else Place(number)
            for chunk in file.chunks(start, wanted, kinds):
                yield chunk
                kinds = chunk.kinds


def _is_data(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "_"))


def _opened(path: Path) -> ChunkedFile:
    table = open_table(path)
    if isinstance(table, ParquetTable):
        from mlops_cloud.analysis.parquet_chunks import ParquetChunks

        return ParquetChunks(table)
    from mlops_cloud.analysis.csv_chunks import CsvChunks
    from mlops_cloud.analysis.csv_table import CsvTable

    assert isinstance(table, CsvTable)  # noqa: S101 - the only other form
    return CsvChunks(table)
