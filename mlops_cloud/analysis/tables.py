"""A CSV or Parquet file as a table: its schema, and its rows in batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops_cloud.analysis.cells import ColumnType

_PARQUET_MAGIC = b"PAR1"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "a zip archive or a spreadsheet", b"\x28\xb5\x2f\xfd": "zstandard"}
_ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet"}


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the file."""

    format: str = ""
    """csv or parquet; by the file's ending, then its first bytes, when empty."""
    delimiter: str = ""
    """Of CSV; found out among comma, semicolon, tab and bar when empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: ColumnType
    nullable: bool
    """Whether a cell is empty."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns in the file's order, and the number of rows."""

    columns: tuple[Column, ...]
    rows: int
    format: str
    delimiter: str = ""

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive rows."""

    lines: Sequence[int]
    """Where each row begins: the line of a CSV file, the row of a Parquet file; both from 1."""
    rows: Sequence[Sequence[Any]]
    """Cells: text for CSV, Python values for Parquet."""
    source: Sequence[str] = ()
    """Each row as the CSV file has it, with its line ending."""

    def column(self, index: int) -> list[Any]:
        """The cells of one column."""
        return [row[index] for row in self.rows]


class Table(Protocol):
    """An open file of rows; every call of `batches` reads from the start."""

    path: Path
    names: list[str]
    line_word: str
    """What a row's number counts: line or row."""

    def batches(self) -> Iterable[Batch]:
        """The rows in order; InvalidSpecError with file:line where the file is broken."""

    def schema(self) -> Schema:
        """The types over all rows; InvalidSpecError when there are none."""

    def write_parts(self, assignment: bytes, targets: dict[int, Path]) -> None:
        """Write row i into the file `targets[assignment[i]]` if there is one, in the source's order and form."""


Source = Path | str | Table
"""A file, or the table that was opened from it: a small one is then parsed only once."""


def open_table(path: Source, options: Options | None = None) -> Table:
    """The table in a file; InvalidSpecError when it is missing, empty or of another form."""
    if not isinstance(path, Path | str):
        return path
    chosen = options or Options()
    source = Path(path)
    if _format_of(source, chosen) == "parquet":
        from mlops_cloud.analysis.parquet_table import ParquetTable

        return ParquetTable(source)
    from mlops_cloud.analysis.csv_table import CsvTable

    return CsvTable(source, chosen.delimiter)


def read_schema(path: Source, options: Options | None = None) -> Schema:
    """Columns with their types, and the number of rows; the whole file is read."""
    return open_table(path, options).schema()


def require_column(table: Table, name: str, wanted_by: str) -> int:
    """The index of a column; InvalidSpecError with "did you mean" when the file lacks it."""
    if name in table.names:
        return table.names.index(name)
    from difflib import get_close_matches

    close = get_close_matches(name, table.names, 1)
    shown = ", ".join(repr(column) for column in table.names[:20])
    raise InvalidSpecError(
        f"{wanted_by}: {table.path.name} has no column {name!r}",
        why=f"its columns are {shown}",
        fix=f"did you mean {close[0]!r}?" if close else "use one of its columns",
    )


def _format_of(path: Path, options: Options) -> str:
    start = _first_bytes(path)
    if not start:
        raise InvalidSpecError(f"{path}:1: the file is empty", fix="give a CSV or Parquet file with a header and rows")
    for magic, name in _COMPRESSED.items():
        if start.startswith(magic):
            raise InvalidSpecError(f"{path} is no table", why=f"it is {name}", fix="unpack it to CSV or Parquet first")
    return options.format or _ENDINGS.get(path.suffix.lower(), "parquet" if start == _PARQUET_MAGIC else "csv")


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET_MAGIC))
    except OSError as exc:
        raise InvalidSpecError(f"{path} cannot be read", why=str(exc.strerror), fix="check the path") from exc
