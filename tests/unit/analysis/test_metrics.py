from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from mlops_cloud.analysis.bootstrap import measure
from mlops_cloud.analysis.metrics import CLASSIFICATION, REGRESSION, confusion_matrix, weighted_metrics
from mlops_cloud.analysis.scores import ClassScores, NumberScores


def class_scores(rows: int = 300, classes: int = 2, *, seed: int = 0, ties: bool = True) -> ClassScores:
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, rows)
    raw = chance.random((rows, classes)) + np.eye(classes)[truth] * 0.4
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    if ties:
        probabilities = np.round(probabilities, 1) + 1e-3
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = tuple("abcdef"[:classes])
    positive = 1 if classes == 2 else None
    return ClassScores(names, truth, probabilities.argmax(axis=1), probabilities, True, positive)


def by_scikit_learn(scores: ClassScores, weight: np.ndarray | None = None) -> dict[str, float]:
    truth, predicted, ranking = scores.truth, scores.predicted, scores.ranking
    several = {"average": "macro"} if scores.positive is None else {"pos_label": scores.positive}
    common: dict[str, Any] = {"sample_weight": weight, "zero_division": 0, **several}
    assert ranking is not None
    if scores.positive is None:
        auc = np.mean(
            [sk.roc_auc_score(truth == c, ranking[:, c], sample_weight=weight) for c in range(ranking.shape[1])]
        )
        area = np.mean(
            [
                sk.average_precision_score(truth == c, ranking[:, c], sample_weight=weight)
                for c in range(ranking.shape[1])
            ]
        )
    else:
        auc = sk.roc_auc_score(truth == scores.positive, ranking[:, scores.positive], sample_weight=weight)
        area = sk.average_precision_score(truth == scores.positive, ranking[:, scores.positive], sample_weight=weight)
    return {
        "accuracy": sk.accuracy_score(truth, predicted, sample_weight=weight),
        "precision": sk.precision_score(truth, predicted, **common),
        "recall": sk.recall_score(truth, predicted, **common),
        "f1": sk.f1_score(truth, predicted, **common),
        "auc": auc,
        "pr_auc": area,
        "log_loss": sk.log_loss(truth, ranking, sample_weight=weight),
    }


def numbers_by_scikit_learn(scores: NumberScores, weight: np.ndarray | None = None) -> dict[str, float]:
    pair = (scores.truth, scores.predicted)
    return {
        "mae": sk.mean_absolute_error(*pair, sample_weight=weight),
        "rmse": sk.root_mean_squared_error(*pair, sample_weight=weight),
        "r2": sk.r2_score(*pair, sample_weight=weight),
        "mape": sk.mean_absolute_percentage_error(*pair, sample_weight=weight),
    }


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("ties", [True, False])
def test_every_classification_metric_is_scikit_learns(classes: int, ties: bool) -> None:
    scores = class_scores(classes=classes, ties=ties)
    measured = measure(scores, resamples=10)
    assert tuple(measured.values) == CLASSIFICATION
    assert measured.values == pytest.approx(by_scikit_learn(scores), abs=1e-12)


def test_every_regression_metric_is_scikit_learns() -> None:
    chance = np.random.default_rng(1)
    truth = 1e6 + chance.normal(0, 3, 200)
    scores = NumberScores(truth, truth + chance.normal(0, 1, 200))
    measured = measure(scores, resamples=10)
    assert tuple(measured.values) == REGRESSION
    assert measured.values == pytest.approx(numbers_by_scikit_learn(scores), rel=1e-9)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_resample_is_scikit_learns_metric_of_the_drawn_rows(classes: int) -> None:
    scores = class_scores(40, classes=classes)
    weights = np.random.default_rng(2).multinomial(40, [1 / 40] * 40, size=20).astype(float)
    found = weighted_metrics(scores, weights)
    for index, weight in enumerate(weights):
        drawn = np.repeat(np.arange(40), weight.astype(int))
        expected = by_scikit_learn(scores.at(drawn))
        assert {name: values[index] for name, values in found.items()} == pytest.approx(expected, abs=1e-12)


def test_a_regression_resample_is_scikit_learns_metric_of_the_drawn_rows() -> None:
    chance = np.random.default_rng(1)
    scores = NumberScores(chance.normal(50, 3, 40), chance.normal(50, 3, 40))
    weights = chance.multinomial(40, [1 / 40] * 40, size=20).astype(float)
    found = weighted_metrics(scores, weights)
    for index, weight in enumerate(weights):
        expected = numbers_by_scikit_learn(scores, weight)
        assert {name: values[index] for name, values in found.items()} == pytest.approx(expected)


def test_the_interval_has_the_width_that_theory_gives() -> None:
    truth = np.r_[np.zeros(400), np.ones(400)].astype(int)
    predicted = truth.copy()
    predicted[:80] = 1
    measured = measure(ClassScores(("a", "b"), truth, predicted, positive=1), resamples=4000)
    accuracy = measured.intervals()["accuracy"]
    half = 1.96 * np.sqrt(0.9 * 0.1 / 800)
    assert accuracy["low"] == pytest.approx(0.9 - half, abs=0.003)
    assert accuracy["high"] == pytest.approx(0.9 + half, abs=0.003)


def test_intervals_are_the_same_for_the_same_seed() -> None:
    scores = class_scores()
    assert measure(scores, seed=3).intervals() == measure(scores, seed=3).intervals()
    assert measure(scores, seed=3).intervals() != measure(scores, seed=4).intervals()


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = class_scores(114)
    whole = measure(scores)
    monkeypatch.setattr("mlops_cloud.analysis.bootstrap._CELLS", 1000)
    for name, interval in measure(scores).intervals().items():
        assert interval == pytest.approx(whole.intervals()[name])


def test_what_is_undefined_is_left_out_silently() -> None:
    ranking = np.array([[0.2, 0.8], [0.4, 0.6]])
    one_class = ClassScores(("a", "b"), np.array([0, 0]), np.array([1, 1]), ranking, True, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(one_class).intervals()
    assert set(found) == {"accuracy", "precision", "recall", "f1", "log_loss"}
    assert found["recall"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert "r2" not in measure(NumberScores(np.array([1.0, 1.0]), np.array([1.0, 2.0]))).values


def test_labels_alone_give_no_areas() -> None:
    scores = class_scores()
    labels = ClassScores(scores.classes, scores.truth, scores.predicted, positive=1)
    assert set(measure(labels).values) == {"accuracy", "precision", "recall", "f1"}


def test_the_confusion_matrix_is_scikit_learns() -> None:
    scores = class_scores(classes=3)
    assert confusion_matrix(scores) == sk.confusion_matrix(scores.truth, scores.predicted).tolist()


def test_a_thousand_resamples_of_a_small_test_split_are_quick() -> None:
    scores = class_scores(114)
    measure(scores)
    best = min(_seconds(scores) for _ in range(5))
    assert best < 0.15  # 15 ms on an idle core; a loop over scikit-learn's functions takes 8 s


def _seconds(scores: ClassScores) -> float:
    started = time.perf_counter()
    measure(scores, resamples=1000)
    return time.perf_counter() - started
