"""Let a model predict rows, and put its answers beside the truth in the form that metrics are computed from."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.features import Rows, as_model_input, feature_names
from mlops_cloud.analysis.scores import ClassScores, NumberScores, Scores
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_cloud.analysis.bundles import Loaded


def score(loaded: Loaded, rows: Rows, settings: Mapping[str, Any]) -> Scores:
    """Truth and prediction of every row; InvalidSpecError when the target has empty cells or answers are missing."""
    truth = rows.columns[settings["target"]]
    empty = sum(cell is None for cell in truth)
    if empty:
        raise InvalidSpecError(
            f"{rows.name}: {empty} rows have no {settings['target']!r}", fix="leave them out of the data"
        )
    if settings["task"] == "regression":
        return _numbers(truth, _answers(loaded, rows, settings))
    return _classes(loaded, rows, settings, truth)


def _numbers(truth: Sequence[Any], answers: Sequence[Any]) -> NumberScores:
    import numpy as np

    try:
        return NumberScores(
            np.asarray(truth, dtype=np.float64), np.asarray(answers, dtype=np.float64).reshape(len(truth))
        )
    except (TypeError, ValueError) as exc:
        raise InvalidSpecError("a regression needs numbers as truth and prediction", why=str(exc)) from exc


def _classes(loaded: Loaded, rows: Rows, settings: Mapping[str, Any], truth: Sequence[Any]) -> ClassScores:
    ranking, ranked, probabilities = _ranking(loaded, rows, settings)
    answers = [_label(answer) for answer in _answers(loaded, rows, settings)]
    true = [_label(cell) for cell in truth]
    classes = [*ranked, *sorted({*true, *answers}.difference(ranked))]
    positive = _positive(settings.get("positive"), classes)
    if positive is None and len(classes) == 2:
        positive = 1
    places = {name: place for place, name in enumerate(classes)}
    return ClassScores(
        tuple(classes),
        _indices(true, places),
        _indices(answers, places),
        None if ranking is None else _widened(ranking, len(classes)),
        probabilities,
        positive,
    )


def _answers(loaded: Loaded, rows: Rows, settings: Mapping[str, Any]) -> list[Any]:
    if loaded.predictor is not None:
        names = [name for name in rows.columns if name != settings["target"]]
        answers = list(loaded.predictor.predict(loaded.model, rows.records(names)))
        if len(answers) != rows.count:
            raise InvalidSpecError(
                f"predict() gave {len(answers)} answers to {rows.count} rows", fix="one answer a row"
            )
        return [max(a, key=a.__getitem__) if isinstance(a, dict) else a for a in answers]
    return list(_asked(loaded.model, "predict", rows, settings))


def _ranking(
    loaded: Loaded, rows: Rows, settings: Mapping[str, Any]
) -> tuple[NDArray[np.float64] | None, list[str], bool]:
    """Rows by classes, the classes, and whether it holds probabilities; None for a model that gives labels alone."""
    if loaded.predictor is not None:
        return _told_probabilities(loaded, rows, settings)
    classes = [_label(name) for name in getattr(loaded.model, "classes_", ())]
    if hasattr(loaded.model, "predict_proba"):
        return _asked(loaded.model, "predict_proba", rows, settings), classes, True
    if not hasattr(loaded.model, "decision_function"):
        return None, classes, False
    import numpy as np

    decided = np.asarray(_asked(loaded.model, "decision_function", rows, settings))
    return (decided if decided.ndim > 1 else np.stack([-decided, decided], axis=1)), classes, False


def _told_probabilities(
    loaded: Loaded, rows: Rows, settings: Mapping[str, Any]
) -> tuple[NDArray[np.float64] | None, list[str], bool]:
    import numpy as np

    assert loaded.predictor is not None  # noqa: S101 - the caller looked
    names = [name for name in rows.columns if name != settings["target"]]
    answers = list(loaded.predictor.predict(loaded.model, rows.records(names)))
    if not answers or not all(isinstance(answer, dict) for answer in answers):
        return None, [], False
    classes = sorted({_label(name) for answer in answers for name in answer})
    told = [{_label(name): value for name, value in answer.items()} for answer in answers]
    return np.array([[float(answer.get(name, 0.0)) for name in classes] for answer in told]), classes, True


def _asked(model: Any, method: str, rows: Rows, settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any library's answer
    names = feature_names(model, rows, settings["target"], settings.get("slices") or ())
    with warnings.catch_warnings():
        # An array in the order of the names that the model was fitted with is what it says it misses.
        warnings.filterwarnings("ignore", message=".*valid feature names.*", category=UserWarning)
        return getattr(model, method)(as_model_input(model, rows, names))


def _label(value: Any) -> str:  # noqa: ANN401 - numpy scalars, texts, numbers
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a whole number is the same class whether a reader made it 1 or 1.0
    return str(value)


def _positive(wanted: object, classes: Sequence[str]) -> int | None:
    if wanted is None:
        return None
    if _label(wanted) not in classes:
        raise InvalidSpecError(
            f"positive: {wanted!r} is no class", fix=f"the classes are {', '.join(sorted(classes)[:20])}"
        )
    return classes.index(_label(wanted))


def _indices(labels: Sequence[str], places: Mapping[str, int]) -> NDArray[np.intp]:
    import numpy as np

    return np.array([places[label] for label in labels], dtype=np.intp)


def _widened(ranking: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    import numpy as np

    missing = size - ranking.shape[1]
    return np.hstack([ranking, np.zeros((len(ranking), missing))]) if missing else ranking
