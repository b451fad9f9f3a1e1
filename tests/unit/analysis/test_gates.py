from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlops_cloud.analysis.bootstrap import Measured
from mlops_cloud.analysis.gates import check_gates, compare, differences
from mlops_cloud.errors import InvalidSpecError

METRICS = {"auc": {"value": 0.95, "low": 0.91, "high": 0.98}, "rmse": {"value": 2.0, "low": 1.5, "high": 2.5}}


@pytest.mark.parametrize(
    ("metric", "limit", "value", "passed"),
    [
        ("auc", {"min": 0.95}, 0.95, True),
        ("auc", {"min": 0.96}, 0.95, False),
        ("auc", {"min": 0.92, "bound": "lower"}, 0.91, False),
        ("auc", {"max": 0.97, "bound": "upper"}, 0.98, False),
        ("rmse", {"max": 2.0}, 2.0, True),
        ("rmse", {"max": 2.4, "bound": "upper"}, 2.5, False),
        ("rmse", {"min": 1, "max": 3, "bound": "value"}, 2.0, True),
        ("f1", {"min": 0.5}, None, False),
    ],
)
def test_a_gate_compares_the_value_or_an_end_of_the_interval(
    metric: str,
    limit: dict[str, Any],
    value: float | None,
    passed: bool,
) -> None:
    (gate,) = check_gates({metric: limit}, METRICS)
    assert (gate.metric, gate.limit, gate.value, gate.passed) == (metric, limit, value, passed)
    assert gate.as_json()["message"] == gate.message


def test_the_message_says_value_and_limit() -> None:
    low, kept = check_gates({"auc": {"min": 0.92, "bound": "lower"}, "rmse": {"max": 2.5}}, METRICS)
    assert low.message == "auc (lower end of the interval) is 0.91, below 0.92"
    assert kept.message == "rmse is 2, as wanted: at most 2.5"


def test_a_metric_that_is_not_a_number_fails_its_gate() -> None:
    (gate,) = check_gates({"auc": {"min": 0.1}}, {"auc": {"value": float("nan"), "low": 0, "high": 1}})
    assert not gate.passed


def test_an_unknown_metric_or_bound_is_refused() -> None:
    with pytest.raises(InvalidSpecError, match="did you mean 'accuracy'"):
        check_gates({"acuracy": {"min": 0.9}}, METRICS)
    with pytest.raises(InvalidSpecError, match="use value, lower or upper"):
        check_gates({"auc": {"min": 0.9, "bound": "low"}}, METRICS)


def measured(**values: float) -> Measured:
    return Measured(values, {name: np.array([value - 0.01, value, value + 0.01]) for name, value in values.items()})


def test_the_champion_is_compared_in_each_metrics_direction() -> None:
    champion = measured(auc=0.95, rmse=2.0)
    gates = {"auc": {"may_lose": 0.005}, "rmse": {"may_lose": 0.1}}
    better = compare(gates, measured(auc=0.96, rmse=1.9), champion)
    a_little_worse = compare(gates, measured(auc=0.946, rmse=2.09), champion)
    worse = compare(gates, measured(auc=0.94, rmse=2.2), champion)
    assert [[gate.passed for gate in gates] for gates in (better, a_little_worse, worse)] == [
        [True, True],
        [True, True],
        [False, False],
    ]
    assert worse[1].message == "rmse loses 0.2, 0.1 is allowed: 2.2 against the champion's 2"
    assert worse[1].value == pytest.approx(0.2)


def test_without_a_champion_it_passes_and_says_so() -> None:
    (gate,) = compare({"auc": {"may_lose": 0}}, measured(auc=0.9), None)
    assert gate.passed
    assert gate.message == "auc: there is no champion yet"


def test_differences_come_from_the_same_resamples() -> None:
    found = differences(measured(auc=0.96, f1=0.5), measured(auc=0.95))
    assert found == {"auc": pytest.approx({"value": 0.01, "low": 0.01, "high": 0.01})}
