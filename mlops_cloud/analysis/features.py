"""From rows of a table to what a model takes: its own columns, in its own order, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.cells import is_missing, number
from mlops_cloud.analysis.tables import open_table, require_column
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Rows:
    """Rows to be predicted: columns of typed cells, with None where a cell is empty, or arrays of numbers with NaN."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], name: str) -> None:
        self.columns = columns
        self.name = name

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    def records(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Each row as a dict of these columns: what predict(model, rows) gets."""
        columns = [self.columns[name] for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def read_rows(place: Path, wanted: Sequence[str]) -> Rows:
    """The rows of the one table at a place; InvalidSpecError when it lacks a wanted column."""
    table = open_table(_only_file(place))
    for name in wanted:
        require_column(table, name, "evaluation")
    kinds = {column.name: column.type for column in table.schema().columns}
    cells: dict[str, list[Any]] = {name: [] for name in table.names}
    for batch in table.batches():
        for index, name in enumerate(table.names):
            cells[name] += batch.column(index)
    return Rows(
        {name: [typed(cell, kinds[name]) for cell in column] for name, column in cells.items()}, table.path.name
    )


def feature_names(model: Any, rows: Rows, target: str, slices: Sequence[str]) -> list[str]:  # noqa: ANN401 - any model
    """The columns a model was trained on: those it names, else all but target and slices if their number is right."""
    named = getattr(model, "feature_names_in_", None)
    if named is not None:
        missing = [str(name) for name in named if name not in rows.columns]
        if missing:
            raise InvalidSpecError(f"{rows.name} lacks columns the model was trained on: {', '.join(missing[:5])}")
        return [str(name) for name in named]
    others = [name for name in rows.columns if name != target]
    narrow = [name for name in others if name not in slices]
    expected = getattr(model, "n_features_in_", None)
    return narrow if expected in (None, len(narrow)) else others


def as_model_input(model: Any, rows: Rows, names: Sequence[str]) -> Any:  # noqa: ANN401 - an array or a frame
    """A pandas frame for a model that names its columns, or for columns that are not all numbers; else an array."""
    if getattr(model, "feature_names_in_", None) is None and _are_numbers(rows, names):
        return _array(rows, names)
    try:
        import pandas as pd
    except ImportError:
        if _are_numbers(rows, names):
            return _array(rows, names)
        raise
    return pd.DataFrame({name: rows.columns[name] for name in names})


def _are_numbers(rows: Rows, names: Sequence[str]) -> bool:
    return all(_holds_numbers(rows.columns[name]) for name in names)


def _holds_numbers(column: Sequence[Any]) -> bool:
    kind = getattr(getattr(column, "dtype", None), "kind", "")
    return kind in "biuf" if kind else all(cell is None or isinstance(cell, (int, float)) for cell in column)


def _array(rows: Rows, names: Sequence[str]) -> Any:  # noqa: ANN401 - numpy is not imported here
    import numpy as np

    return np.array([rows.columns[name] for name in names], dtype=np.float64).T


def typed(cell: Any, kind: str) -> Any:  # noqa: ANN401 - a cell of any type
    """The value that a cell of a column of this type holds; None when it is missing."""
    if is_missing(cell):
        return None
    if not isinstance(cell, str):
        return float(cell) if kind == "number" else cell  # a Decimal of Parquet too
    if kind == "integer":
        return int(cell)
    if kind == "number":
        return number(cell)
    return cell.strip().lower() == "true" if kind == "boolean" else cell


def _only_file(place: Path) -> Path:
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    if len(files) != 1:
        raise InvalidSpecError(f"an evaluation reads one table, {place.name} holds {len(files)} files")
    return files[0]
