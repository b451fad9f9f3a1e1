"""Let a model predict rows, and put its answers beside the truth in the form that metrics are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.answers import Answers, ask, label
from mlops_cloud.analysis.scores import ClassScores, NumberScores, Scores
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.bundles import Loaded
    from mlops_cloud.analysis.features import Rows

_SHOWN = 10  # classes in a message


def score(loaded: Loaded, rows: Rows, settings: Mapping[str, Any]) -> Scores:
    """Truth and prediction of every row; InvalidSpecError when the target has empty cells or answers are missing."""
    target = settings["target"]
    truth = rows.columns[target]
    empty = sum(cell is None for cell in truth)
    if empty:
        raise InvalidSpecError(f"{rows.name}: {empty} rows have no {target!r}", fix="leave them out of the data")
    classifies = settings["task"] != "regression"
    answers = ask(loaded, rows, target, settings.get("slices") or (), ranked=classifies)
    if not classifies:
        return _numbers(truth, answers.given)
    return _classes([label(cell) for cell in truth], answers, settings)


def _numbers(truth: Sequence[Any], answers: Sequence[Any]) -> NumberScores:
    import numpy as np

    try:
        return NumberScores(
            np.asarray(truth, dtype=np.float64), np.asarray(answers, dtype=np.float64).reshape(len(truth))
        )
    except (TypeError, ValueError) as exc:
        raise InvalidSpecError("a regression needs numbers as truth and prediction", why=str(exc)) from exc


def _classes(truth: Sequence[str], answers: Answers, settings: Mapping[str, Any]) -> ClassScores:
    given = [label(answer) for answer in answers.given]
    _require_common_classes(truth, given, answers.classes, settings["target"])
    classes = [*answers.classes, *sorted({*truth, *given}.difference(answers.classes))]
    positive = _positive(settings.get("positive"), classes)
    if positive is None and len(classes) == 2:
        positive = 1
    places = {name: place for place, name in enumerate(classes)}
    return ClassScores(
        tuple(classes),
        _indices(truth, places),
        _indices(given, places),
        None if answers.ranking is None else _widened(answers.ranking, len(classes)),
        answers.probabilities,
        positive,
    )


def _require_common_classes(truth: Sequence[str], given: Sequence[str], known: Sequence[str], target: str) -> None:
    """Refuse a model of encoded labels: measured as it is, it would be wrong about every row."""
    if not (set(known) or set(given)).isdisjoint(truth) or not (known or len(set(truth)) > 1):
        return
    raise InvalidSpecError(
        f"the model's classes are {_shown(known or given)}, those of column {target!r} are {_shown(truth)}",
        why="none is common to both",
        fix="train on the column as it is, or write predictor: with a predict() that answers its values",
    )


def _shown(names: Sequence[str]) -> str:
    ordered = sorted(set(names))
    return ", ".join(ordered[:_SHOWN]) + (", …" if len(ordered) > _SHOWN else "")


def _positive(wanted: object, classes: Sequence[str]) -> int | None:
    if wanted is None:
        return None
    if label(wanted) not in classes:
        raise InvalidSpecError(f"positive: {wanted!r} is no class", fix=f"the classes are {_shown(classes)}")
    return classes.index(label(wanted))


def _indices(labels: Sequence[str], places: Mapping[str, int]) -> NDArray[np.intp]:
    import numpy as np

    return np.array([places[name] for name in labels], dtype=np.intp)


def _widened(ranking: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    import numpy as np

    missing = size - ranking.shape[1]
    # A class that the model does not know ranks below all others; among probabilities that is 0.
    lowest = min(0.0, float(np.min(ranking)))
    return np.hstack([ranking, np.full((len(ranking), missing), lowest)]) if missing else ranking
