"""The types of a table's columns while it is read piece by piece, and the columns of a model's input typed by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.cells import BOOLEANS, MISSING, present, type_of, widened
from mlops_cloud.analysis.features import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.cells import ColumnType

Kinds = dict[str, "ColumnType | None"]
"""Column -> its type; None while every cell of it was missing."""

_EXACT = 2.0**53
"""Whole numbers below it are themselves as 64-bit floats."""
_ALIKE = {"integer": "number", "timestamp": "text"}
"""Types whose cells are the same to a model: numbers, and what stays as it is written."""


class WiderColumnError(Exception):
    """A cell does not fit the type that its column was believed to have: all rows must be looked at first."""

    def __init__(self, column: str, kind: ColumnType, found: ColumnType) -> None:
        super().__init__(f"column {column!r} began as {kind} and holds {found} too")


def widest(several: Iterable[Kinds]) -> Kinds:
    """The types that hold what each of several says."""
    found: Kinds = {}
    for kinds in several:
        for name, kind in kinds.items():
            found[name] = widened(found.get(name), kind) if kind else found.get(name)
    return found


def kind_of(cells: Sequence[str]) -> ColumnType | None:
    """The type of some cells of a CSV column; None when all are missing."""
    held = present(cells)
    return type_of(held) if held else None


def agreed(column: str, known: ColumnType | None, found: ColumnType | None, *, as_cells: bool) -> ColumnType | None:
    """The type of a column of which more cells were read; WiderColumnError when those before were read too narrowly."""
    if found is None or (known is None and as_cells):
        return known or found
    if known is None:
        known = "number"  # as which its missing cells were read
    both = widened(known, found)
    if both != known and (as_cells or _ALIKE.get(both, both) != _ALIKE.get(known, known)):
        raise WiderColumnError(column, known, found)
    return both


def is_number(kind: ColumnType | None) -> bool:
    """Whether a model gets the column as an array of numbers; one that is all empty is NaN throughout."""
    return kind in (None, "integer", "number")


def column_for_model(cells: Sequence[Any], kind: ColumnType | None) -> Any:  # noqa: ANN401 - an array or a list
    """The cells of one column as a model takes them: numbers as an array, all else as a list with None for missing."""
    if not is_number(kind):
        return with_a_type([typed(cell, kind or "text") for cell in cells])
    import numpy as np

    return whole_numbers(np.array([typed(cell, "number") for cell in cells], dtype=np.float64), kind)


def whole_numbers(values: NDArray[np.float64], kind: ColumnType | None) -> NDArray[Any]:
    """The same numbers, as integers where the column is said to hold integers and no cell is missing."""
    import numpy as np

    if kind != "integer" or not bool(np.all(np.abs(values) < _EXACT)):
        return values
    whole = values.astype(np.int64)
    return whole if bool(np.all(whole == values)) else values


def texts(cells: Sequence[Any], kind: ColumnType | None) -> Any:  # noqa: ANN401 - as with_a_type
    """Text or truth of cells that pandas read as objects; None when a cell is no boolean and should be one."""
    values: list[Any] = [None if not isinstance(cell, str) or cell in MISSING else cell for cell in cells]
    if kind != "boolean":
        return with_a_type(values)
    if not {value for value in values if value is not None} <= BOOLEANS.keys():
        return None
    return [None if value is None else BOOLEANS[value] for value in values]


def with_a_type(values: list[Any]) -> Any:  # noqa: ANN401 - a list or a pandas series
    """The same cells; where all are missing, of the type that pandas gives them beside a text."""
    if any(value is not None for value in values):
        return values
    try:
        import pandas as pd
    except ImportError:
        return values
    return pd.Series([*values, ""])[:-1]
