"""The points that the report draws: ROC, precision and recall, calibration; predictions and residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.scores import ClassScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.scores import NumberScores, Scores

_MOST_POINTS = 400
_BINS = 10
_RESIDUAL_BINS = 30


def curves(scores: Scores) -> dict[str, Any]:
    """Curve -> its points as plain JSON; none for several classes without a positive one."""
    if isinstance(scores, ClassScores):
        return _class_curves(scores)
    return _number_curves(scores)


def _class_curves(scores: ClassScores) -> dict[str, Any]:
    if scores.positive is None or scores.ranking is None:
        return {}
    from sklearn.metrics import precision_recall_curve, roc_curve

    is_positive = scores.truth == scores.positive
    ranking = scores.ranking[:, scores.positive]
    if is_positive.all() or not is_positive.any():
        return {}
    false, true, _ = roc_curve(is_positive, ranking)
    precision, recall, _ = precision_recall_curve(is_positive, ranking)
    found: dict[str, Any] = {"roc": _pairs(false, true), "pr": _pairs(recall, precision)}
    if scores.probabilities:
        found["calibration"] = _calibration(is_positive, ranking)
    return found


def _calibration(is_positive: Any, probability: Any) -> list[list[float]]:  # noqa: ANN401 - numpy arrays
    import numpy as np

    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    rows = [np.flatnonzero(bins == place) for place in range(_BINS)]
    return [[float(probability[r].mean()), float(is_positive[r].mean()), len(r)] for r in rows if len(r)]


def _number_curves(scores: NumberScores) -> dict[str, Any]:
    import numpy as np

    counts, edges = np.histogram(scores.predicted - scores.truth, bins=min(_RESIDUAL_BINS, max(5, scores.rows // 5)))
    return {
        "predicted": _pairs(scores.truth, scores.predicted),
        "residuals": {"edges": edges.tolist(), "counts": counts.tolist()},
    }


def _pairs(first: Any, second: Any) -> list[list[float]]:  # noqa: ANN401 - numpy arrays
    points: Sequence[tuple[float, float]] = list(zip(first.tolist(), second.tolist(), strict=True))
    if len(points) > _MOST_POINTS:
        step = (len(points) - 1) / (_MOST_POINTS - 1)
        points = [points[round(place * step)] for place in range(_MOST_POINTS)]
    return [list(point) for point in points]
