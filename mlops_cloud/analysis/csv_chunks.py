"""A CSV file in chunks: parsed by pandas where that reads exactly what the strict reader would, else by that one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Self

from mlops_cloud.analysis.chunks import GUESSED_FROM, Chunk, Place
from mlops_cloud.analysis.column_kinds import agreed, column_for_model, kind_of
from mlops_cloud.analysis.csv_block import Block, can_parse, whole_lines
from mlops_cloud.analysis.features import Rows, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.analysis.chunks import Wanted
    from mlops_cloud.analysis.column_kinds import Kinds
    from mlops_cloud.analysis.csv_table import CsvTable
    from mlops_cloud.analysis.tables import Batch

_MOST_BYTES = 32 * 1024 * 1024
"""Of a chunk, however few rows that makes."""
_BOM = b"\xef\xbb\xbf"


class CsvChunks:
    """The chunks of one CSV file."""

    def __init__(self, table: CsvTable) -> None:
        self.table = table
        self.size = table.path.stat().st_size

    def kinds(self, wanted: Wanted) -> Kinds:
        """The types in the first rows."""
        batch, _ = self._strictly(self._start(), GUESSED_FROM)
        return self._kinds_in(batch, wanted) if batch else dict.fromkeys(wanted.features)

    def all_kinds(self, wanted: Wanted) -> Kinds:
        """The types over all rows; the whole file is read."""
        found = {column.name: column.type for column in self.table.schema().columns}
        return {name: found[name] for name in wanted.features}

    def chunks(self, place: Place, wanted: Wanted, kinds: Kinds) -> Iterator[Chunk]:
        """The rest of the file."""
        if not place.offset:
            place = self._start(place.file)
        while chunk := self._chunk(place, wanted, kinds):
            yield chunk
            place, kinds = chunk.end, chunk.kinds

    def _chunk(self, place: Place, wanted: Wanted, kinds: Kinds) -> Chunk | None:
        if not wanted.as_cells and can_parse() and (chunk := self._quickly(place, wanted, kinds)):
            return chunk
        batch, end = self._strictly(place, wanted.most)
        return self._of_batch(batch, end, wanted, kinds) if batch else None

    def _quickly(self, place: Place, wanted: Wanted, kinds: Kinds) -> Chunk | None:
        with self.table.path.open("rb") as stream:
            stream.seek(place.offset)
            data = whole_lines(stream, wanted.most, _MOST_BYTES)
        block = Block.of(data, self.table) if data else None
        columns = block.columns(kinds) if block else None
        if block is None or columns is None:
            return None
        end = Place(place.file, place.offset + len(data), place.line + block.rows)
        rows = Rows(columns, self.table.path.name)
        return Chunk(rows, block.texts(wanted.carried), range(place.line + 1, end.line + 1), end, kinds)

    def _of_batch(self, batch: Batch, end: Place, wanted: Wanted, kinds: Kinds) -> Chunk:
        here = self._kinds_in(batch, wanted)
        known = {name: agreed(name, kinds[name], here[name], as_cells=wanted.as_cells) for name in wanted.features}
        columns: dict[str, Any] = {}
        for name, kind in known.items():
            cells = self._cells(batch, name)
            columns[name] = (
                [typed(cell, kind or "text") for cell in cells] if wanted.as_cells else column_for_model(cells, kind)
            )
        carried = [[cell or None for cell in self._cells(batch, name)] for name in wanted.carried]
        return Chunk(Rows(columns, self.table.path.name), carried, batch.lines, end, known)

    def _kinds_in(self, batch: Batch, wanted: Wanted) -> Kinds:
        return {name: kind_of(self._cells(batch, name)) for name in wanted.features}

    def _cells(self, batch: Batch, name: str) -> list[Any]:
        return batch.column(self.table.names.index(name))

    def _start(self, file: int = 0) -> Place:
        """Where the first row begins: behind the byte order mark and the header."""
        with self.table.path.open("rb") as stream:
            mark = len(_BOM) if stream.read(len(_BOM)) == _BOM else 0
        with _Counted(self.table, Place(file, mark)) as counted:
            next(counted.records())
            return counted.end

    def _strictly(self, place: Place, most: int) -> tuple[Batch | None, Place]:
        with _Counted(self.table, place) as counted:
            return self.table.batch(counted.records(), most), counted.end


class _Counted:
    """Records from a place on, and the place behind the last that was taken."""

    def __init__(self, table: CsvTable, place: Place) -> None:
        self._table = table
        self._place = place
        self._bytes = 0
        self._lines = 0

    def __enter__(self) -> Self:
        file = self._table.path.open("rb")
        file.seek(self._place.offset)
        self._file = io.TextIOWrapper(file, encoding="utf-8", newline="")
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    @property
    def end(self) -> Place:
        return Place(self._place.file, self._place.offset + self._bytes, self._place.line + self._lines)

    def records(self) -> Iterator[tuple[int, list[str], str]]:
        for record in self._table.records(self._readline, self._place.line):
            yield record
            if self._bytes >= _MOST_BYTES:
                return

    def _readline(self, most: int) -> str:
        line = self._file.readline(most)
        self._bytes += len(line.encode())
        self._lines += bool(line)
        return line
