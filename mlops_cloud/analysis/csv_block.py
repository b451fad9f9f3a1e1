"""Whole lines of a CSV file parsed by pandas, much more quickly, where it reads just what the strict reader would."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from mlops_cloud.analysis.cells import MISSING
from mlops_cloud.analysis.column_kinds import is_number, texts, whole_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.column_kinds import Kinds
    from mlops_cloud.analysis.csv_table import CsvTable

_PIECE = 1 << 20
_NEWLINE = 10
_TRUTHS = (b"rue", b"RUE", b"alse", b"ALSE")
_EXACT_SINCE = (3, 1)
"""From this pandas on, numbers are read to the last bit unless told otherwise; before, only when told so."""


def can_parse() -> bool:
    """Whether pandas is installed."""
    try:
        import pandas as pd  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def whole_lines(stream: BinaryIO, most: int, most_bytes: int) -> bytes:
    """At most so many lines, and about so many bytes, each line with its end; nothing when the first is longer."""
    import numpy as np

    pieces: list[bytes] = []
    size = 0
    while most > 0 and size < most_bytes and (piece := stream.read(_PIECE)):
        found = int(np.count_nonzero(np.frombuffer(piece, np.uint8) == _NEWLINE))
        if found >= most:
            piece = piece[: len(piece) - len(piece.split(b"\n", most)[most])]
        pieces.append(piece)
        most -= found
        size += len(piece)
    data = b"".join(pieces)
    at_end = most > 0 and size < most_bytes
    return data if at_end or most <= 0 else data[: data.rfind(b"\n") + 1]


class Block:
    """Lines of which each is one record, as wide as the header."""

    def __init__(self, data: bytes, table: CsvTable, rows: int) -> None:
        self._data = data
        self._table = table
        self.rows = rows

    @classmethod
    def of(cls, data: bytes, table: CsvTable) -> Self | None:
        """The block, unless something in it needs the strict reader."""
        ended = data if data.endswith(b"\n") else data + b"\n"
        if not _is_plain(ended):
            return None
        bare = _unquoted(ended, table.delimiter)
        rows = _rows(bare, table)
        # A line end inside quotes makes more lines than records.
        return cls(data, table, rows) if rows and (bare is ended or rows == ended.count(b"\n")) else None

    def columns(self, kinds: Kinds) -> dict[str, Any] | None:
        """The typed columns as a model takes them; None when a cell does not fit, or may not."""
        numbers = {name for name, kind in kinds.items() if is_number(kind)}
        try:
            frame = self._read({name: "float64" if name in numbers else "object" for name in kinds}, sorted(MISSING))
        except ValueError:
            return None
        if len(frame) != self.rows:
            return None
        columns: dict[str, Any] = {}
        for name, kind in kinds.items():
            read = frame[name].to_numpy()
            columns[name] = whole_numbers(read, kind) if name in numbers else texts(read, kind)
        unread = any(column is None for column in columns.values())
        return None if unread or any(self._may_be_truth(columns[name]) for name in numbers) else columns

    def texts(self, names: Sequence[str]) -> list[list[str | None]]:
        """The cells of some columns as they are written, None for nothing."""
        if not names:
            return []
        frame = self._read(dict.fromkeys(names, "object"), [])
        return [[cell or None for cell in frame[name].tolist()] for name in names]

    def _read(self, types: dict[str, str], missing: list[str]) -> Any:  # noqa: ANN401 - a pandas frame
        import pandas as pd

        exact = tuple(map(int, pd.__version__.split(".")[:2])) >= _EXACT_SINCE
        return pd.read_csv(
            io.BytesIO(self._data),
            sep=self._table.delimiter,
            header=None,
            names=self._table.names,
            usecols=list(types),
            index_col=False,
            dtype=types,
            keep_default_na=False,
            na_values=missing,
            na_filter=bool(missing),
            **({} if exact else {"float_precision": "round_trip"}),
        )

    def _may_be_truth(self, numbers: Any) -> bool:  # noqa: ANN401 - an array of numbers
        """Whether it may have been made of `true` and `false`, which pandas takes for numbers where all cells are."""
        import numpy as np

        held = numbers[~np.isnan(numbers)]
        return bool(np.isin(held, (0, 1)).all()) and len(held) > 0 and any(word in self._data for word in _TRUTHS)


def _is_plain(data: bytes) -> bool:
    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return False
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _unquoted(data: bytes, delimiter: str) -> bytes:
    """The same without the quoted fields; a quote is left where one is not as it should be."""
    if b'"' not in data:
        return data
    around = re.escape(delimiter.encode())
    return re.sub(rb'(?:\A|(?<=[\n%b]))"[^"]*+(?:""[^"]*+)*+"(?=[\r\n%b])' % (around, around), b"", data)


def _rows(data: bytes, table: CsvTable) -> int:
    """How many lines there are; 0 when they are not all as wide as the header, or a quote is left."""
    import numpy as np

    if b'"' in data:
        return 0
    width = len(table.names)
    found = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(found == _NEWLINE)
    if width == 1:
        return 0 if b"\n\n" in data or b"\n\r" in data or data[:1].isspace() else len(ends)
    marks = np.flatnonzero(found == ord(table.delimiter))
    if len(marks) != len(ends) * (width - 1):
        return 0
    table_of_marks = marks.reshape(len(ends), width - 1)
    inside = table_of_marks[:, -1] < ends
    after = table_of_marks[1:, 0] > ends[:-1]
    return len(ends) if bool(inside.all()) and bool(after.all()) else 0
