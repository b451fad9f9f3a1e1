"""Read and divide a Parquet file by duckdb."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.tables import Batch, Column, Schema
from mlops_cloud.errors import InvalidSpecError, ProviderNotInstalledError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.analysis.cells import ColumnType

_BATCH = 4096
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_INTEGERS |= {f"U{name}" for name in _INTEGERS}
_LINE = 64 * 1024 * 1024  # bytes of one line of CSV
_ROW = "file_row_number"  # duckdb's own name for it
# A file from outside may neither reach the network nor install code, and a small one may unpack to anything.
_LIMITS = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "memory_limit": "2GB"}


class ParquetTable:
    """A Parquet file with flat columns."""

    line_word = "row"

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._query(f"DESCRIBE {self._select('*')}") as result:
            self.types = {str(row[0]): str(row[1]) for row in result.fetchall()}
            """Column -> its type as duckdb names it."""
        self.names = list(self.types)
        if not all(name.strip() for name in self.names):
            raise InvalidSpecError(f"{path}: a column has no name", fix="name every column")

    def batches(self) -> Iterator[Batch]:
        """The rows in order, as Python values; instants are naive datetimes in UTC."""
        chosen = ", ".join(map(self._selected, self.names))
        with self._query(self._select(chosen)) as result:
            first = 1
            while rows := result.fetchmany(_BATCH):
                yield Batch(range(first, first + len(rows)), rows)
                first += len(rows)

    @contextmanager
    def rows_from(self, first: int, columns: Sequence[str], texts: Sequence[str]) -> Iterator[Any]:
        """A duckdb result of some columns, then of some as text, from a row on; rows count from 0."""
        chosen = [*map(self._selected, columns), *(f"CAST({_quoted(name)} AS VARCHAR)" for name in texts)]
        aliased = ", ".join(f"{what} AS c{place}" for place, what in enumerate(chosen))
        query = f"SELECT {aliased} FROM read_parquet({_text(self.path)}, {_ROW}=true) WHERE {_ROW} >= {first}"  # noqa: S608
        with self._query(query) as result:
            yield result

    def column_types(self) -> dict[str, ColumnType]:
        """Column -> our own word for its type."""
        return {name: _column_type(kind) for name, kind in self.types.items()}

    def count(self) -> int:
        """Number of rows."""
        with self._query(self._select("count(*)")) as result:
            return int(result.fetchone()[0])

    def schema(self) -> Schema:
        """The file's own types."""
        counts = ["count(*)", *(f"count({_quoted(name)})" for name in self.names)]
        with self._query(self._select(", ".join(counts))) as result:
            rows, *held = result.fetchone()
        if not rows:
            raise InvalidSpecError(f"{self.path}: the file has columns and no rows", fix="add rows")
        described = zip(self.types.items(), held, strict=True)
        columns = tuple(Column(name, _column_type(kind), count < rows) for (name, kind), count in described)
        return Schema(columns, rows, "parquet")

    def write_parts(self, assignment: bytes, targets: dict[int, Path]) -> None:
        """Each part is a Parquet file with the same columns."""
        with TemporaryDirectory(dir=next(iter(targets.values())).parent) as folder:
            numbers = f"{folder}/assignment.csv"
            with open(numbers, "w", encoding="ascii") as file:  # noqa: PTH123 - a text for duckdb, not a Path
                file.writelines(f"{row},{part}\n" for row, part in enumerate(assignment))
            for part, path in targets.items():
                self._copy_part(numbers, part, path)

    def _copy_part(self, numbers: str, part: int, path: Path) -> None:
        rows = f"read_csv({_text(numbers)}, header=false, columns={{'row': 'BIGINT', 'part': 'INTEGER'}})"
        query = (
            f"COPY (SELECT t.* EXCLUDE ({_ROW}) FROM read_parquet({_text(self.path)}, {_ROW}=true) t "  # noqa: S608
            f"JOIN {rows} a ON t.{_ROW} = a.row WHERE a.part = {part} ORDER BY t.{_ROW}) "
            f"TO {_text(path)} (FORMAT parquet)"
        )
        with self._query(query):
            pass

    def _selected(self, name: str) -> str:
        # duckdb hands out instants with a zone only through pytz.
        if self.types[name] == "TIMESTAMP WITH TIME ZONE":
            return f"make_timestamp(epoch_us({_quoted(name)}))"
        return _quoted(name)

    def _select(self, what: str) -> str:
        return f"SELECT {what} FROM read_parquet({_text(self.path)})"  # noqa: S608 - names and paths are quoted

    @contextmanager
    def _query(self, sql: str) -> Iterator[Any]:
        with _executed(sql, f"{self.path} cannot be read as Parquet") as result:
            yield result


def write_parquet(parts: Sequence[Path], types: Mapping[str, str], target: Path) -> None:
    """CSV files without headers, one behind the other, as one Parquet file; `types`: every column, as duckdb says."""
    files = ", ".join(map(_text, parts))
    columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types.items())
    # A quoted empty text is a text, unless it is there because a line of one column must not be blank.
    quoted_null = "true" if len(types) == 1 else "false"
    read = (
        f"read_csv([{files}], header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', "
        f"allow_quoted_nulls={quoted_null}, max_line_size={_LINE}, columns={{{columns}}})"
    )
    query = f"COPY (SELECT * FROM {read}) TO {_text(target)} (FORMAT parquet)"  # noqa: S608 - names are quoted
    with _executed(query, f"{target.name} cannot be written as Parquet"):
        pass


@contextmanager
def _executed(sql: str, failed: str) -> Iterator[Any]:
    duckdb = _duckdb()
    try:
        with duckdb.connect(config=_LIMITS) as connection:
            yield connection.execute(sql)
    except duckdb.Error as exc:
        raise InvalidSpecError(failed, why=str(exc).partition("\n")[0], fix="write it again") from exc


def _duckdb() -> Any:  # noqa: ANN401 - it has no type hints
    try:
        import duckdb
    except ImportError as exc:
        raise ProviderNotInstalledError("Parquet needs duckdb", fix="pip install 'mlops-cloud[local]'") from exc
    return duckdb


def _column_type(kind: str) -> ColumnType:
    if kind in _INTEGERS:
        return "integer"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return "number"
    if kind == "BOOLEAN":
        return "boolean"
    return "timestamp" if kind == "DATE" or kind.startswith("TIMESTAMP") else "text"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
