"""A Parquet file in chunks: as duckdb streams it, cut to the same number of rows each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.chunks import Chunk, Place
from mlops_cloud.analysis.column_kinds import column_for_model, is_number, texts, whole_numbers
from mlops_cloud.analysis.features import Rows, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.analysis.cells import ColumnType
    from mlops_cloud.analysis.chunks import Wanted
    from mlops_cloud.analysis.column_kinds import Kinds
    from mlops_cloud.analysis.parquet_table import ParquetTable

_MOST_CELLS = 4 * 1024 * 1024
"""Of a chunk, however few rows that makes."""
_VECTOR = 2048
"""Rows that duckdb hands out together."""
_PLAIN = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR"}
_PLAIN |= {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
"""Types of which pandas holds the same values as Python would."""


class ParquetChunks:
    """The chunks of one Parquet file."""

    def __init__(self, table: ParquetTable) -> None:
        self.table = table
        self.size = table.count()

    def kinds(self, wanted: Wanted) -> Kinds:
        """The file's own types."""
        return self.all_kinds(wanted)

    def all_kinds(self, wanted: Wanted) -> Kinds:
        """The file's own types."""
        known = self.table.column_types()
        return {name: known[name] for name in wanted.features}

    def chunks(self, place: Place, wanted: Wanted, kinds: Kinds) -> Iterator[Chunk]:
        """The rest of the file."""
        most = min(wanted.most, max(1, _MOST_CELLS // max(1, len(wanted.features) + len(wanted.carried))))
        plain = not wanted.as_cells and all(self.table.types[name] in _PLAIN for name in wanted.features)
        read = _frames if plain else _tuples
        with self.table.rows_from(place.offset, wanted.features, wanted.carried) as result:
            for cells in read(result, most):
                end = Place(place.file, place.offset + len(cells[0]), place.line + len(cells[0]))
                columns = {
                    name: _column(column, kinds[name], as_cells=wanted.as_cells, plain=plain)
                    for name, column in zip(wanted.features, cells, strict=False)
                }
                carried = [[_text(cell) for cell in column] for column in cells[len(wanted.features) :]]
                lines = range(place.line + 1, end.line + 1)
                yield Chunk(Rows(columns, self.table.path.name), carried, lines, end, kinds)
                place = end


def _frames(result: Any, most: int) -> Iterator[list[Any]]:  # noqa: ANN401 - duckdb has no type hints
    import pandas as pd

    held = more = result.fetch_df_chunk(-(-most // _VECTOR))
    while len(more):
        while len(held) >= most:
            yield _columns(held[:most])
            held = held[most:]
        more = result.fetch_df_chunk(-(-most // _VECTOR))
        held = pd.concat([held, more], ignore_index=True) if len(more) else held
    if len(held):
        yield _columns(held)


def _columns(frame: Any) -> list[Any]:  # noqa: ANN401 - a pandas frame
    return [frame[name].to_numpy() for name in frame]


def _tuples(result: Any, most: int) -> Iterator[list[Any]]:  # noqa: ANN401
    while rows := result.fetchmany(most):
        yield [list(column) for column in zip(*rows, strict=True)]


def _column(cells: Any, kind: ColumnType | None, *, as_cells: bool, plain: bool) -> Any:  # noqa: ANN401
    if as_cells:
        return [typed(cell, kind or "text") for cell in cells]
    if not plain:
        return column_for_model(cells, kind)
    return whole_numbers(cells.astype("float64"), kind) if is_number(kind) else texts(cells, kind)


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None
