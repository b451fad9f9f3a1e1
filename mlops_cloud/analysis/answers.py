"""What a model, or a user's own predict(), answers to rows: asked once for labels and once for a ranking."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.features import as_model_input, feature_names
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.bundles import Loaded
    from mlops_cloud.analysis.features import Rows

_DIMENSIONS = 2  # of a ranking: rows by classes
_AGREEING = 0.9
"""Share of rows whose highest class is the model's answer, when the columns are about classes at all."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer a row, and how a classifier ranks the classes."""

    given: list[Any]
    classes: list[str] = field(default_factory=list)
    """Those the model knows, in the ranking's order; empty when it does not say."""
    ranking: NDArray[np.float64] | None = None
    probabilities: bool = False


def ask(loaded: Loaded, rows: Rows, target: str, slices: Sequence[str], *, ranked: bool) -> Answers:
    """The answers to all rows; with `ranked`, probabilities or decision values too where the model has them."""
    if loaded.predictor is not None:
        return told(loaded, rows, [name for name in rows.columns if name != target])
    model = loaded.model
    table = as_model_input(model, rows, feature_names(model, rows, target, slices))
    with warnings.catch_warnings():
        # An array in the order of the names that the model was fitted with is what it says it misses.
        warnings.filterwarnings("ignore", message=".*valid feature names.*", category=UserWarning)
        given = list(model.predict(table))
        if not ranked:
            return Answers(given)
        ranking, probabilities = _ranking(model, table)
    classes = [label(name) for name in getattr(model, "classes_", ())]
    if ranking is None or not _ranks(ranking, classes, given):
        return Answers(given, classes)
    return Answers(given, classes, ranking, probabilities)


def label(value: Any) -> str:  # noqa: ANN401 - numpy scalars, texts, numbers
    """The one name of a class, whatever type a reader or a model gave it."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a whole number is the same class whether a reader made it 1 or 1.0
    return str(value)


def _ranks(ranking: NDArray[np.float64], classes: list[str], given: list[Any]) -> bool:
    """Whether each column is about one class: an SVC may give one for each pair, and of three classes three pairs."""
    if ranking.ndim != _DIMENSIONS or ranking.shape[1] != len(classes):
        return False
    first = [classes[place] for place in ranking.argmax(axis=1)]
    agreed = sum(name == label(answer) for name, answer in zip(first, given, strict=True))
    # Ties and thresholds of one's own make a few rows differ; of two classes the threshold may lie anywhere.
    return len(classes) <= 2 or agreed >= _AGREEING * len(given)


def _ranking(model: Any, table: Any) -> tuple[NDArray[np.float64] | None, bool]:  # noqa: ANN401 - any library's model
    import numpy as np

    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(table), dtype=np.float64), True
    if not hasattr(model, "decision_function"):
        return None, False
    decided = np.asarray(model.decision_function(table), dtype=np.float64)
    return (decided if decided.ndim > 1 else np.stack([-decided, decided], axis=1)), False


def told(loaded: Loaded, rows: Rows, names: Sequence[str]) -> Answers:
    """What the user's predict() says: labels or numbers, or a dict of probabilities for each row."""
    assert loaded.predictor is not None  # noqa: S101 - the caller looked
    answers = list(loaded.predictor.predict(loaded.model, rows.records(names)))
    if len(answers) != rows.count:
        raise InvalidSpecError(f"predict() gave {len(answers)} answers to {rows.count} rows", fix="one answer a row")
    if not all(isinstance(answer, dict) for answer in answers):
        return Answers(answers)
    import numpy as np

    shares = [{label(name): float(value) for name, value in answer.items()} for answer in answers]
    classes = sorted({name for answer in shares for name in answer})
    ranking = np.array([[answer.get(name, 0.0) for name in classes] for answer in shares])
    return Answers([max(answer, key=answer.__getitem__) for answer in shares], classes, ranking, probabilities=True)
