"""What the text of a CSV cell, or a Parquet value, means: missing, number, boolean, timestamp or text."""

from __future__ import annotations

import math
from collections import deque
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

ColumnType = Literal["integer", "number", "boolean", "text", "timestamp"]

# The cells that pandas.read_csv reads as missing, so that a script and its evaluation see the same rows.
_MARKS = "#N/A,#N/A N/A,#NA,-1.#IND,-1.#QNAN,-NaN,-nan,1.#IND,1.#QNAN,<NA>,N/A,NA,NULL,NaN,None,n/a,nan,null"
MISSING = frozenset(("", *_MARKS.split(",")))
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def is_missing(cell: Any) -> bool:  # noqa: ANN401 - a Parquet cell may be anything
    """Whether a cell holds no value: a missing mark of CSV, NULL, or NaN."""
    if isinstance(cell, str):
        return cell in MISSING
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def present(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a CSV column that hold a value."""
    if MISSING.isdisjoint(cells):
        return cells
    return [cell for cell in cells if cell not in MISSING]


def type_of(cells: Sequence[str]) -> ColumnType:
    """The narrowest type that every cell of a CSV column has; no cell may be missing."""
    if _all_numbers(cells, int):
        return "integer"
    if _all_numbers(cells, float):
        return "number"
    if BOOLEANS.keys() >= set(cells):
        return "boolean"
    return "timestamp" if _all_timestamps(cells) else "text"


def widened(first: ColumnType | None, second: ColumnType) -> ColumnType:
    """The narrowest type that holds both."""
    if first is None or first == second:
        return second
    return "number" if {first, second} == {"integer", "number"} else "text"


def number(cell: Any) -> float | None:  # noqa: ANN401
    """The number a cell holds, or None."""
    if isinstance(cell, bool) or (isinstance(cell, str) and ("_" in cell or not cell.isascii())):
        return None
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return None


def timestamp(cell: Any) -> float | None:  # noqa: ANN401
    """Seconds since 1970 of an ISO 8601 text or a date, or None; without an offset it is UTC."""
    if isinstance(cell, str):
        try:
            cell = datetime.fromisoformat(cell)
        except ValueError:
            return None
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime.combine(cell, time())
    if not isinstance(cell, datetime):
        return None
    return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()


def boolean(cell: Any) -> bool | None:  # noqa: ANN401
    """The truth a cell holds, or None."""
    if isinstance(cell, str):
        return BOOLEANS.get(cell)
    return cell if isinstance(cell, bool) else None


def has_type(cell: Any, kind: ColumnType) -> bool:  # noqa: ANN401
    """Whether one cell that is not missing reads as the type."""
    if kind == "text":
        return True
    if kind == "boolean":
        return boolean(cell) is not None
    if kind == "timestamp":
        return timestamp(cell) is not None
    found = number(cell)
    if kind == "number" or found is None:
        return found is not None
    return _all_numbers([cell], int) if isinstance(cell, str) else isinstance(cell, int)


def _all_numbers(cells: Sequence[str], kind: type[int] | type[float]) -> bool:
    try:
        deque(map(kind, cells), maxlen=0)
    except ValueError:
        return False
    # Python reads 1_000 and the digits of other scripts as numbers; no other reader of CSV does.
    joined = "".join(cells)
    return "_" not in joined and joined.isascii()


def _all_timestamps(cells: Sequence[str]) -> bool:
    try:
        deque(map(datetime.fromisoformat, cells), maxlen=0)
    except ValueError:
        return False
    return True
