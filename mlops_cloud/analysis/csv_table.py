"""Read a CSV file strictly: every fault is an InvalidSpecError with file:line, and each row keeps its source text."""

from __future__ import annotations

import csv
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from mlops_cloud.analysis.cells import present, type_of, widened
from mlops_cloud.analysis.csv_dialect import sniff_delimiter
from mlops_cloud.analysis.tables import Batch, Column, Schema
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import IO

    from mlops_cloud.analysis.cells import ColumnType

FIELD_LIMIT = 1024 * 1024
"""Characters of one field."""
_LINE_LIMIT = 64 * FIELD_LIMIT
_BATCH = 4096
_KEPT = 8 * 1024 * 1024
"""Bytes of a file whose rows are kept in memory, at about ten times their size, for the next reading."""
_BOM = b"\xef\xbb\xbf"


class CsvTable:
    """A CSV file: UTF-8, a header, rows of equal length."""

    line_word = "line"

    def __init__(self, path: Path, delimiter: str = "") -> None:
        self.path = path
        if csv.field_size_limit() != FIELD_LIMIT:
            csv.field_size_limit(FIELD_LIMIT)
        self.delimiter = delimiter or self._sniffed()
        self.header = ""
        self.names: list[str] = []
        self._kept: list[Batch] | None = None
        self._read_header()

    def batches(self) -> Iterable[Batch]:
        """The rows in order, with their lines and source text."""
        if self._kept is None and self.path.stat().st_size <= _KEPT:
            self._kept = list(self._parsed())
        return self._parsed() if self._kept is None else self._kept

    def _parsed(self) -> Iterator[Batch]:
        records = self._records()
        next(records)
        while batch := self.batch(records, _BATCH):
            yield batch

    def batch(self, records: Iterator[tuple[int, list[str], str]], most: int) -> Batch | None:
        """The next rows of what `records` gives, each as wide as the header; None when there are no more."""
        taken = list(islice(records, most))
        width = len(self.names)
        for line, row, _ in taken:
            if len(row) != width:
                self._ragged(line, len(row))
        return Batch(*map(list, zip(*taken, strict=True))) if taken else None

    def schema(self) -> Schema:
        """Types over all rows: the narrowest that fits every cell that is not missing."""
        kinds: list[ColumnType | None] = [None] * len(self.names)
        nullable = [False] * len(self.names)
        rows = 0
        for batch in self.batches():
            rows += len(batch.rows)
            for index, cells in enumerate(zip(*batch.rows, strict=True)):
                held = present(cells)
                nullable[index] |= len(held) < len(cells)
                if held and kinds[index] != "text":
                    kinds[index] = widened(kinds[index], type_of(held))
        if not rows:
            self._fail(1, "the file has a header and no rows", "add rows")
        described = zip(self.names, kinds, nullable, strict=True)
        columns = tuple(Column(name, kind or "text", empty) for name, kind, empty in described)
        return Schema(columns, rows, "csv", self.delimiter)

    def write_parts(self, assignment: bytes, targets: dict[int, Path]) -> None:
        """Each part gets the header, and its rows as the source has them."""
        ending = "\r\n" if self.header.endswith("\r\n") else "\n"
        encoding = "utf-8-sig" if self._has_bom() else "utf-8"
        with ExitStack() as files:
            streams = {}
            for part, path in targets.items():
                streams[part] = files.enter_context(path.open("w", encoding=encoding, newline=""))
                streams[part].write(_ended(self.header, ending))
            done = 0
            for batch in self.batches():
                parts = assignment[done : done + len(batch.rows)]
                done += len(parts)
                for part, text in zip(parts, batch.source, strict=True):
                    if part in streams:
                        streams[part].write(_ended(text, ending))

    def _read_header(self) -> None:
        _, names, self.header = next(self._records(), (0, [], ""))
        if not names:
            self._fail(1, "the file has no header", "begin it with a line of column names")
        for position, name in enumerate(names, 1):
            if not name.strip():
                self._fail(1, f"column {position} has no name", "name every column in the first line")
            if name in names[: position - 1]:
                self._fail(1, f"two columns are named {name!r}", "give every column a name of its own")
        self.names = names

    def _records(self) -> Iterator[tuple[int, list[str], str]]:
        with self._opened() as file:
            yield from self.records(file.readline)

    def records(self, readline: Callable[[int], str], before: int = 0) -> Iterator[tuple[int, list[str], str]]:
        """Line, fields and source text of every record, the header's first; blank lines are skipped.

        `readline` may stand behind so many lines; it is asked for no more than the records that are taken.
        """
        pending: list[str] = []
        reader = csv.reader(self._lines(readline, before, pending), delimiter=self.delimiter, strict=True)
        try:
            for row in reader:
                if row:
                    yield before + reader.line_num - len(pending) + 1, row, "".join(pending)
                pending.clear()
        except csv.Error as exc:
            self._unreadable(before + reader.line_num - len(pending) + 1, exc)
        except UnicodeDecodeError as exc:
            self._undecodable(exc)

    def _lines(self, readline: Callable[[int], str], before: int, pending: list[str]) -> Iterator[str]:
        for read, line in enumerate(iter(partial(readline, _LINE_LIMIT), ""), before + 1):
            if "\0" in line:
                self._fail(read, "the line holds a NUL byte", "is this a text file? save it as CSV in UTF-8")
            if len(line) == _LINE_LIMIT:
                self._fail(read, f"the line has over {_LINE_LIMIT:,} characters", "is this a CSV file?")
            pending.append(line)
            yield line

    @contextmanager
    def _opened(self) -> Iterator[IO[str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            yield file

    def _sniffed(self) -> str:
        try:
            with self._opened() as file:
                return sniff_delimiter(file.read(1 << 16))
        except UnicodeDecodeError as exc:
            self._undecodable(exc)

    def _has_bom(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(len(_BOM)) == _BOM

    def _fail(self, line: int, what: str, fix: str, why: str = "") -> NoReturn:
        raise InvalidSpecError(f"{self.path}:{line}: {what}", why=why, fix=fix)

    def _ragged(self, line: int, found: int) -> NoReturn:
        self._fail(
            line,
            f"the row has {found} fields, the header has {len(self.names)}",
            "mend the row, quote fields that hold the delimiter, or give delimiter:",
            f"the delimiter is {self.delimiter!r}",
        )

    def _unreadable(self, line: int, exc: csv.Error) -> NoReturn:
        if "field larger" in str(exc):
            self._fail(line, f"a field has over {FIELD_LIMIT:,} characters", "is a quote left open?")
        if "end of data" in str(exc):
            self._fail(line, "a quote opens here and never closes", "close it, or double it inside a quoted field")
        self._fail(line, "the line is not well-formed CSV", "double every quote inside a quoted field", str(exc))

    def _undecodable(self, exc: UnicodeDecodeError) -> NoReturn:
        # The decoder works on blocks and knows no line; look again, line by line.
        with self.path.open("rb") as file:
            for line, text in enumerate(file, 1):
                try:
                    text.decode("utf-8")
                except UnicodeDecodeError as fault:
                    byte = f"byte 0x{text[fault.start]:02x} is not UTF-8"
                    self._fail(line, byte, "save the file as UTF-8", fault.reason)
        self._fail(1, "the file is not UTF-8", "save the file as UTF-8", exc.reason)


def _ended(text: str, ending: str) -> str:
    return text if text.endswith(("\n", "\r")) else text + ending
