"""Areas under curves of one class against the rest, for many weightings of the rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def roc_auc(is_positive: NDArray[np.bool_], ranking: Array, weights: Array) -> Array:
    """The chance that a positive row ranks above a negative one, ties counting half; NaN without both kinds."""
    import numpy as np

    positive, negative = _by_rank(is_positive, ranking, weights)
    below = np.cumsum(negative, axis=1) - negative
    wins: Array = (positive * (below + negative / 2)).sum(axis=1)
    area: Array = wins / (positive.sum(axis=1) * negative.sum(axis=1))
    return area


def average_precision(is_positive: NDArray[np.bool_], ranking: Array, weights: Array) -> Array:
    """Precision averaged over the steps of recall; NaN without a positive row."""
    import numpy as np

    positive, negative = (kind[:, ::-1] for kind in _by_rank(is_positive, ranking, weights))
    found = np.cumsum(positive, axis=1)
    precision = found / (found + np.cumsum(negative, axis=1))
    steps: Array = np.where(positive > 0, positive * precision, 0.0).sum(axis=1)
    area: Array = steps / positive.sum(axis=1)
    return area


def _by_rank(is_positive: NDArray[np.bool_], ranking: Array, weights: Array) -> tuple[Array, Array]:
    """The weight of positive and of negative rows at every distinct rank, the lowest first."""
    import numpy as np

    order = np.argsort(ranking, kind="stable")
    ranks = ranking[order]
    starts = np.flatnonzero(np.r_[True, ranks[1:] != ranks[:-1]])
    ordered = weights[:, order]
    kinds = is_positive[order]
    positive: Array = np.add.reduceat(ordered * kinds, starts, axis=1)
    negative: Array = np.add.reduceat(ordered * ~kinds, starts, axis=1)
    return positive, negative
