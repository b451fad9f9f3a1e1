"""Percentile intervals of metrics from resampled rows: the same seed draws the same rows for every model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.analysis.metrics import weighted_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.scores import Scores

RESAMPLES = 1000
_LEVEL = (2.5, 97.5)
_CELLS = 2_000_000
"""Weights in memory at once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics of one model, and their values in every resample."""

    values: dict[str, float]
    draws: dict[str, NDArray[np.float64]]

    def intervals(self) -> dict[str, dict[str, float]]:
        """Metric -> {value, low, high}; low and high enclose the middle 95 % of the resamples."""
        return {name: with_interval(value, self.draws[name]) for name, value in self.values.items()}


def measure(scores: Scores, *, seed: int = 0, resamples: int = RESAMPLES) -> Measured:
    """Every metric that is defined on these rows, with its resamples."""
    import numpy as np

    point = weighted_metrics(scores, np.ones((1, scores.rows)))
    values = {name: float(found[0]) for name, found in point.items() if np.isfinite(found[0])}
    parts = [weighted_metrics(scores, weights) for weights in _weights(scores.rows, seed, resamples)]
    return Measured(values, {name: np.concatenate([part[name] for part in parts]) for name in values})


def with_interval(value: float, draws: NDArray[np.float64]) -> dict[str, float]:
    """A value and the percentiles of its draws; a resample in which it is undefined does not count."""
    import numpy as np

    defined = draws[np.isfinite(draws)]
    low, high = np.percentile(defined, _LEVEL) if len(defined) else (value, value)
    return {"value": value, "low": float(low), "high": float(high)}


def _weights(rows: int, seed: int, resamples: int) -> Iterator[NDArray[np.float64]]:
    """How often each row is drawn, a resample a row, in blocks that fit memory."""
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(seed))
    block = max(1, _CELLS // rows)
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = generator.integers(0, rows, (count, rows))
        drawn += np.arange(count)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(np.float64)
