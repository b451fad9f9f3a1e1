"""Metrics as scikit-learn defines them, computed for many weightings of the rows at once.

Row b of the weights says how often each row counts in resample b: one matrix product gives a metric of a thousand
resamples, where a loop over scikit-learn's functions would take seconds. Weights of one give the metric itself; the
tests hold every metric against scikit-learn's function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.analysis.ranking_metrics import average_precision, roc_auc
from mlops_cloud.analysis.scores import ClassScores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.scores import NumberScores, Scores

    Array = NDArray[np.float64]

CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "auc", "pr_auc", "log_loss")
REGRESSION = ("mae", "rmse", "r2", "mape")
SMALLER_IS_BETTER = frozenset({"log_loss", "mae", "rmse", "mape"})


def weighted_metrics(scores: Scores, weights: Array) -> dict[str, Array]:
    """Metric -> its value under each row of the weights; NaN where it is undefined.

    With a positive class, precision, recall, F1 and the areas are about that class; with several classes they are the
    plain mean over the classes that occur, one against the rest.
    """
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(scores, ClassScores):
            return {**_label_metrics(scores, weights), **_ranking_metrics(scores, weights)}
        return _number_metrics(scores, weights)


def confusion_matrix(scores: ClassScores) -> list[list[int]]:
    """Rows are the true classes, columns the predicted ones."""
    import numpy as np

    size = len(scores.classes)
    cells = np.bincount(scores.truth * size + scores.predicted, minlength=size * size)
    matrix: list[list[int]] = cells.reshape(size, size).tolist()
    return matrix


def _label_metrics(scores: ClassScores, weights: Array) -> dict[str, Array]:
    import numpy as np

    size = len(scores.classes)
    truth = np.eye(size)[scores.truth]
    predicted = np.eye(size)[scores.predicted]
    hits, true, said = weights @ (truth * predicted), weights @ truth, weights @ predicted
    per_class = {
        "precision": np.where(said > 0, hits / said, 0.0),
        "recall": np.where(true > 0, hits / true, 0.0),
        "f1": 2 * hits / (true + said),
    }
    accuracy = hits.sum(axis=1) / weights.sum(axis=1)
    if scores.positive is not None:
        chosen = {name: np.nan_to_num(values[:, scores.positive]) for name, values in per_class.items()}
    else:
        occurs = (true + said) > 0
        chosen = {name: np.where(occurs, v, 0.0).sum(axis=1) / occurs.sum(axis=1) for name, v in per_class.items()}
    return {"accuracy": accuracy, **chosen}


def _ranking_metrics(scores: ClassScores, weights: Array) -> dict[str, Array]:
    import numpy as np

    if scores.ranking is None:
        return {}
    auc, area = [], []
    for index in scores.ranked_classes():
        is_class = scores.truth == index
        auc.append(roc_auc(is_class, scores.ranking[:, index], weights))
        area.append(average_precision(is_class, scores.ranking[:, index], weights))
    found = {"auc": np.mean(auc, axis=0), "pr_auc": np.mean(area, axis=0)}
    if scores.probabilities:
        tiny = np.finfo(np.float64).eps
        chosen = scores.ranking[np.arange(scores.rows), scores.truth]
        found["log_loss"] = weights @ -np.log(np.clip(chosen, tiny, 1 - tiny)) / weights.sum(axis=1)
    return found


def _number_metrics(scores: NumberScores, weights: Array) -> dict[str, Array]:
    import numpy as np

    total = weights.sum(axis=1)
    error = scores.truth - scores.predicted
    centred = scores.truth - scores.truth.mean()  # else the squares of large numbers cancel
    squared = weights @ error**2
    spread = weights @ centred**2 - (weights @ centred) ** 2 / total
    absolute = np.abs(error)
    relative = absolute / np.maximum(np.abs(scores.truth), np.finfo(np.float64).eps)
    return {
        "mae": weights @ absolute / total,
        "rmse": np.sqrt(squared / total),
        "r2": np.where(spread > 0, 1 - squared / spread, np.nan),
        "mape": weights @ relative / total,
    }
