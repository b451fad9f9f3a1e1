"""The report's curves, scatter and histogram as figures; None where the report holds nothing to draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.axes import UNIT, axis_of
from mlops_cloud.analysis.report_page import figure
from mlops_cloud.analysis.report_reading import confusion, finite, histogram, intervals, points
from mlops_cloud.analysis.report_wording import MINUS, count, number
from mlops_cloud.analysis.svg import Plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.analysis.markup import Markup

_MOST_POINTS = 400
_MOST_BINS = 80
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


def figures(report: Mapping[str, Any]) -> list[Markup]:
    """Every figure that the report has the points for."""
    drawn = (_roc(report), _precision_recall(report), _calibration(report), _predicted(report), _residuals(report))
    return [each for each in drawn if each]


def _roc(report: Mapping[str, Any]) -> Markup | None:
    curve = _thinned(points(report, "roc"))
    if not curve:
        return None
    plot = Plot(UNIT, UNIT, "False positive rate", "True positive rate")
    area = _measured(report, "auc")
    about = f"True against false positive rate at every threshold{area}. The dashed diagonal is guessing."
    filled = plot.line([*curve, (1.0, 0.0), (0.0, 0.0)], "area")
    marks = (filled, plot.line(_DIAGONAL, "reference"), plot.line(curve, "curve"))
    return figure("ROC curve", about, plot.draw("roc", "ROC curve", about, *marks))


def _precision_recall(report: Mapping[str, Any]) -> Markup | None:
    curve = _thinned(points(report, "pr"))
    if not curve:
        return None
    if curve[0][0] > curve[-1][0]:
        curve.reverse()
    plot = Plot(UNIT, UNIT, "Recall", "Precision")
    about = f"Precision against recall at every threshold{_measured(report, 'pr_auc')}."
    marks = [plot.steps(curve, "curve")]
    share = _positive_share(report)
    if share is not None:
        about += f" The dashed line is guessing: {share:.1%} of the rows are positive."
        marks.insert(0, plot.line([(0.0, share), (1.0, share)], "reference"))
    return figure("Precision and recall", about, plot.draw("pr", "Precision-recall curve", about, *marks))


def _calibration(report: Mapping[str, Any]) -> Markup | None:
    bins = _thinned(points(report, "calibration", 3))
    if not bins:
        return None
    plot = Plot(UNIT, UNIT, "Predicted probability", "Observed share")
    about = "How often the class occurred where the model gave it a probability; larger dots hold more rows."
    most = max(rows for *_, rows in bins)
    dots = [plot.dot(x, y, 2.5 + 5 * math.sqrt(max(0.0, rows) / most) if most > 0 else 3) for x, y, rows in bins]
    marks = (plot.line(_DIAGONAL, "reference"), plot.line(bins, "curve thin"), *dots)
    return figure("Calibration", about, plot.draw("calibration", "Calibration", about, *marks))


def _predicted(report: Mapping[str, Any]) -> Markup | None:
    pairs = _thinned(points(report, "predicted"))
    if not pairs:
        return None
    both = axis_of(value for pair in pairs for value in pair)
    plot = Plot(both, both, "Actual", "Predicted")
    rows = finite(report.get("rows"))
    shown = f"{count(len(pairs))} of {count(rows)} rows" if rows and rows > len(pairs) else f"{count(len(pairs))} rows"
    about = f"Predicted against actual values of {shown}. On the dashed diagonal they agree."
    diagonal = plot.line([(both.low, both.low), (both.high, both.high)], "reference")
    marks = (diagonal, *(plot.dot(actual, predicted, 3) for actual, predicted in pairs))
    return figure("Predicted and actual", about, plot.draw("predicted", "Predicted and actual", about, *marks))


def _residuals(report: Mapping[str, Any]) -> Markup | None:
    bins = _merged(histogram(report, "residuals"))
    if not bins:
        return None
    x = axis_of(edge for left, right, _ in bins for edge in (left, right))
    y = axis_of([0.0, *(rows for *_, rows in bins)])
    plot = Plot(x, y, f"Predicted {MINUS} actual", "Rows")
    about = "How many rows the model missed by how much; the dashed line is no error."
    marks = [plot.column(*each) for each in bins]
    if x.low <= 0 <= x.high:
        marks.append(plot.line([(0.0, y.low), (0.0, y.high)], "reference"))
    return figure("Residuals", about, plot.draw("residuals", "Histogram of residuals", about, *marks))


def _measured(report: Mapping[str, Any], metric: str) -> str:
    found = intervals(report).get(metric)
    return "" if found is None or found.value is None else f"; the area is {number(found.value)}"


def _positive_share(report: Mapping[str, Any]) -> float | None:
    labels, counts = confusion(report)
    positive = str(report.get("positive"))
    total = sum(map(sum, counts))
    return sum(counts[labels.index(positive)]) / total if positive in labels and total else None


def _thinned(curve: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """At most 400 points, evenly taken, with the first and the last."""
    if len(curve) <= _MOST_POINTS:
        return list(curve)
    last = len(curve) - 1
    return [curve[index * last // (_MOST_POINTS - 1)] for index in range(_MOST_POINTS)]


def _merged(bins: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """At most 80 bins, neighbours added up."""
    size = math.ceil(len(bins) / _MOST_BINS) or 1
    groups = [bins[start : start + size] for start in range(0, len(bins), size)]
    return [(group[0][0], group[-1][1], math.fsum(rows for *_, rows in group)) for group in groups]
