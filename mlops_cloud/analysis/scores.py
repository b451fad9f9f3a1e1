"""What a model said about rows whose truth is known, in the form that metrics are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Classification: truth and prediction as indices of `classes`."""

    classes: tuple[str, ...]
    truth: NDArray[np.intp]
    predicted: NDArray[np.intp]
    ranking: NDArray[np.float64] | None = None
    """Rows by classes: the larger, the likelier the class; None when the model gives labels alone."""
    probabilities: bool = False
    """Whether the ranking consists of probabilities."""
    positive: int | None = None
    """Index of the positive class; None means several classes, whose metrics are averaged with equal weight."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.truth)

    @property
    def positive_class(self) -> str | None:
        """Name of the positive class."""
        return None if self.positive is None else self.classes[self.positive]

    def at(self, rows: NDArray[np.intp]) -> ClassScores:
        """The same for some of the rows."""
        ranking = None if self.ranking is None else self.ranking[rows]
        truth, predicted = self.truth[rows], self.predicted[rows]
        return ClassScores(self.classes, truth, predicted, ranking, self.probabilities, self.positive)

    def ranked_classes(self) -> list[int]:
        """The classes whose ranking is measured one against the rest: the positive one, or all that occur."""
        if self.positive is not None:
            return [self.positive]
        return sorted(set(self.truth.tolist()))


@dataclass(frozen=True, slots=True)
class NumberScores:
    """Regression: true and predicted numbers."""

    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.truth)

    def at(self, rows: NDArray[np.intp]) -> NumberScores:
        """The same for some of the rows."""
        return NumberScores(self.truth[rows], self.predicted[rows])


Scores = ClassScores | NumberScores
