"""The same metrics for parts of the rows: the values of a column, or quantiles of a numeric one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.bootstrap import measure
from mlops_cloud.analysis.cells import is_missing, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.scores import Scores

MOST_VALUES = 20
"""Slices of one column; the values with fewest rows beyond them are one slice, `(other)`."""
MOST_NUMBERS = 10
"""More different numbers than this are cut into quantiles."""
QUANTILES = 4


def measure_slices(
    scores: Scores, columns: dict[str, Sequence[Any]], *, seed: int = 0, resamples: int = 1000
) -> list[dict[str, Any]]:
    """[{column, value, rows, metrics: {name: {value, low, high}}}] in the order of columns and values."""
    import numpy as np

    found = []
    for name, cells in columns.items():
        for value, rows in slice_rows(cells).items():
            measured = measure(scores.at(np.asarray(rows)), seed=seed, resamples=resamples)
            found.append({"column": name, "value": value, "rows": len(rows), "metrics": measured.intervals()})
    return found


def slice_rows(cells: Sequence[Any]) -> dict[str, list[int]]:
    """Slice -> its rows; every row is in exactly one."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(_labels(cells)):
        rows[label].append(row)
    if len(rows) <= MOST_VALUES:
        return {name: rows[name] for name in _ordered(rows)}
    kept = sorted(rows, key=lambda name: (-len(rows[name]), name))[: MOST_VALUES - 1]
    other = sorted(row for name, members in rows.items() if name not in kept for row in members)
    return {**{name: rows[name] for name in _ordered(kept)}, "(other)": other}


def _labels(cells: Sequence[Any]) -> list[str]:
    texts = ["(missing)" if is_missing(cell) else str(cell) for cell in cells]
    numbers = [None if is_missing(cell) else number(cell) for cell in cells]
    numeric = all(value is not None or text == "(missing)" for value, text in zip(numbers, texts, strict=True))
    if not numeric or len(set(texts)) <= MOST_NUMBERS:
        return texts
    return _quantile_labels(numbers)


def _quantile_labels(numbers: Sequence[float | None]) -> list[str]:
    import numpy as np

    held = np.asarray([value for value in numbers if value is not None])
    edges = np.unique(np.quantile(held, np.linspace(0, 1, QUANTILES + 1)))
    names = [
        f"{low:.4g} to {high:.4g}" if last else f"{low:.4g} to below {high:.4g}"
        for low, high, last in zip(edges, edges[1:], [*[False] * (len(edges) - 2), True], strict=False)
    ]
    last_bin = len(names) - 1
    return [
        "(missing)" if value is None else names[min(int(np.searchsorted(edges, value, "right")) - 1, last_bin)]
        for value in numbers
    ]


def _ordered(names: Sequence[str] | dict[str, Any]) -> list[str]:
    """By number where all begin with one, else by text."""

    def key(name: str) -> tuple[bool, float, str]:
        value = number(name.split(" to ", maxsplit=1)[0])
        return value is None, value or 0.0, name

    return sorted(names, key=key)
