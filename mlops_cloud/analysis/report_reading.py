"""The parts of an evaluation report, each read by itself: what is absent or broken costs only its own place.

The document: {schema, task, positive, target, model, data, rows, metrics: {name: {value, low, high}}, confusion:
{labels, counts}, slices: [{column, value, rows, metrics}], gates: [{metric, limit, value, passed, message}], champion:
{model, metrics, differences, gates} or null, passed, curves: {roc: [[false positive rate, true positive rate]], pr:
[[recall, precision]], calibration: [[predicted, observed, count]], residuals of predicted minus actual: {edges,
counts}, predicted: [[actual, predicted]]}}.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LARGEST = 1e150
"""Spans and squares of larger numbers overflow."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric's value with the ends of its interval; None where it is not a number."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> list[float]:
        """Those of the three that are numbers."""
        return [end for end in (self.low, self.value, self.high) if end is not None]


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate with its verdict."""

    metric: str
    limits: tuple[float, ...]
    """min and max, as far as they are set."""
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Slice:
    """The metrics of some of the rows."""

    column: str
    value: str
    rows: float | None
    metrics: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that was compared with, on the same rows."""

    model: str
    metrics: dict[str, Interval]
    differences: dict[str, Interval]
    """This model minus the champion."""
    gates: list[Gate]


def finite(value: object) -> float | None:
    """A number that can be written and drawn, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) < _LARGEST else None


def part(document: object, name: str) -> Mapping[str, Any]:
    """The mapping of that name, or an empty one."""
    found = document.get(name) if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(document: object, name: str) -> Sequence[Any]:
    """The list of that name, or an empty one."""
    found = document.get(name) if isinstance(document, Mapping) else None
    return found if isinstance(found, Sequence) and not isinstance(found, str) else ()


def intervals(document: object, name: str = "metrics") -> dict[str, Interval]:
    """Metric -> interval."""
    return {str(metric): _interval(entry) for metric, entry in part(document, name).items()}


def gates(document: object) -> list[Gate]:
    """The gates in the recipe's order; whatever is not plainly passed has failed."""
    return [
        Gate(str(gate.get("metric")), _limits(gate), gate.get("passed") is True, str(gate.get("message") or ""))
        for gate in items(document, "gates")
        if isinstance(gate, Mapping)
    ]


def slices(report: Mapping[str, Any]) -> list[Slice]:
    """The slices in the order of the report."""
    return [
        Slice(str(entry.get("column")), str(entry.get("value")), finite(entry.get("rows")), intervals(entry))
        for entry in items(report, "slices")
        if isinstance(entry, Mapping)
    ]


def champion(report: Mapping[str, Any]) -> Champion | None:
    """The champion, if there was one."""
    entry = part(report, "champion")
    if not entry:
        return None
    measured, differences = intervals(entry), intervals(entry, "differences")
    return Champion(str(entry.get("model") or ""), measured, differences, gates(entry))


def confusion(report: Mapping[str, Any]) -> tuple[list[str], list[list[float]]]:
    """Labels, and counts with a row a true class; empty when they do not make a square."""
    matrix = part(report, "confusion")
    labels = [str(label) for label in items(matrix, "labels")]
    rows = [row for row in items(matrix, "counts") if isinstance(row, Sequence) and not isinstance(row, str)]
    if [len(row) for row in rows] != [len(labels)] * len(labels):
        return [], []
    return labels, [[finite(count) or 0.0 for count in row] for row in rows]


def points(report: Mapping[str, Any], curve: str, size: int = 2) -> list[tuple[float, ...]]:
    """Those points of a curve of which every coordinate is a number."""
    found = []
    for point in items(part(report, "curves"), curve):
        numbers = [finite(value) for value in point] if isinstance(point, Sequence) else []
        known = tuple(value for value in numbers if value is not None)
        if len(known) == len(numbers) == size:
            found.append(known)
    return found


def histogram(report: Mapping[str, Any], curve: str) -> list[tuple[float, float, float]]:
    """Its bins as left edge, right edge and count."""
    drawn = part(part(report, "curves"), curve)
    edges = [finite(edge) for edge in items(drawn, "edges")]
    counts = [finite(count) for count in items(drawn, "counts")]
    bins = zip(edges, edges[1:], counts, strict=False)
    return [(left, right, count) for left, right, count in bins if None not in (left, right, count)]  # type: ignore[misc]


def _interval(entry: object) -> Interval:
    if not isinstance(entry, Mapping):
        return Interval(finite(entry))
    return Interval(finite(entry.get("value")), finite(entry.get("low")), finite(entry.get("high")))


def _limits(gate: Mapping[str, Any]) -> tuple[float, ...]:
    limit = part(gate, "limit")
    found = (finite(limit.get("min")), finite(limit.get("max")))
    return tuple(value for value in found if value is not None)
