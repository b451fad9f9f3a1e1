"""The values of a search space: what a recipe writes, and what becomes of numbers drawn from 0 to 1."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.specs.search_space import Dimension, count, place_of, value_at

FINITE = st.floats(allow_nan=False, allow_infinity=False)
STEPS = st.floats(min_value=1e-6, max_value=10)


@st.composite
def dimensions(draw: st.DrawFn) -> Dimension:
    form = draw(st.sampled_from(["int", "float", "log", "choice", "stepped"]))
    if form == "choice":
        values = st.one_of(st.booleans(), st.integers(), FINITE, st.text(max_size=5))
        return Dimension(choice=tuple(draw(st.lists(values, min_size=1, max_size=5, unique_by=json.dumps))))
    if form == "int":
        low = draw(st.integers(-1000, 1000))
        return Dimension(int=(low, low + draw(st.integers(0, 1000))), step=draw(st.integers(1, 7)))
    if form == "stepped":
        low = draw(st.floats(-100, 100))
        return Dimension(float=(low, low + draw(st.floats(0, 100))), step=draw(STEPS))
    numbers = st.floats(min_value=1e-300, max_value=1e300) if form == "log" else FINITE
    ends = sorted([draw(numbers), draw(numbers)])
    return Dimension(**{form: tuple(ends)})


@given(dimensions(), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_every_value_is_inside_and_is_the_same_after_json(dimension: Dimension, share: float) -> None:
    value = value_at(dimension, place_of(dimension, share))
    assert json.loads(json.dumps(value)) == value
    if dimension.choice is not None:
        assert any(value is each or value == each for each in dimension.choice)
        return
    low, high = dimension.int or dimension.float or dimension.log or (0, 0)
    assert low <= value <= high  # type: ignore[operator]
    assert isinstance(value, int) == (dimension.int is not None)


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"int": [2, 5]}, [2, 3, 4, 5]),
        ({"int": [2, 9], "step": 3}, [2, 5, 8]),
        ({"float": [0, 0.3], "step": 0.1}, [0.0, 0.1, 0.2, 0.3]),
        ({"float": [1.5, 1.5]}, [1.5]),
        ({"choice": ["gini", True, 1, 1.0]}, ["gini", True, 1, 1.0]),
    ],
)
def test_values_that_can_be_counted(fields: dict[str, Any], values: list[object]) -> None:
    dimension = Dimension(**fields)
    assert count(dimension) == len(values)
    found = [value_at(dimension, place) for place in range(len(values))]
    assert list(map(repr, found)) == list(map(repr, values))


def test_a_logarithmic_scale_has_as_much_room_for_each_power_of_ten() -> None:
    dimension = Dimension(log=(1e-4, 1))
    assert count(dimension) is None
    assert [value_at(dimension, share) for share in (0, 0.25, 0.5, 0.999999)] == [0.0001, 0.001, 0.01, 0.9999907897]
    assert math.isclose(float(value_at(dimension, 0.75)), 0.1)


def job(**search: Any) -> mc.TuningJob:
    fields = {"strategy": "random", "maximize": "auc", "max_trials": 4, "space": {"x": {"int": [1, 3]}}} | search
    return mc.TuningJob(
        script="train.py",
        parameters={"seed": 1},
        search={name: value for name, value in fields.items() if value is not None},
    )


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"space": {}}, "search: .*space is empty: name at least one parameter"),
        ({"space": {"x": {}}}, r"search\.space\.x: .*exactly one of int, float, log and choice \(found none of them"),
        ({"space": {"x": {"int": [1, 2], "log": [1, 2]}}}, "found int and log"),
        ({"space": {"x": {"choice": []}}}, r"search\.space\.x: .*choice has no values"),
        ({"space": {"x": {"choice": ["a", "b", "a"]}}}, 'choice has "a" twice'),
        ({"space": {"x": {"choice": [float("nan")]}}}, "not nan or inf"),
        ({"space": {"x": {"choice": [1, 2], "step": 1}}}, "step belongs to int: or float:"),
        ({"space": {"x": {"int": [3, 1]}}}, "the smallest value stands first: 3 is more than 1"),
        ({"space": {"x": {"int": [1]}}}, r"search\.space\.x\.int"),
        ({"space": {"x": {"int": [1, 2.5]}}}, "integer"),
        ({"space": {"x": {"int": [1, 5], "step": 0.5}}}, "step of int: must be a whole number, not 0.5"),
        ({"space": {"x": {"float": [0, float("inf")]}}}, "finite"),
        ({"space": {"x": {"float": [0, 1], "step": 0}}}, "greater than 0"),
        ({"space": {"x": {"log": [0, 1]}}}, "a logarithmic scale begins above 0, not at 0"),
        ({"space": {"x": {"log": [1, 2], "step": 1}}}, "on a logarithmic scale list the values"),
        ({"space": {"x": [1, 2]}}, r"search\.space\.x"),
        ({"space": {"seed": {"int": [1, 2]}}}, "seed cannot be both in search and among the fixed parameters"),
        ({"strategy": "gird"}, "'grid', 'random', 'bayesian' or 'halving'"),
        ({"strategy": "grid", "space": {"x": {"float": [0, 1]}}}, "give x a step: or a choice:"),
        ({"strategy": "grid", "space": {"x": {"int": [1, 9]}}}, r"9 combinations, more than max_trials \(4\)"),
        ({"max_trials": None}, "max_trials is required for strategy random"),
        ({"max_trials": 0}, "greater than or equal to 1"),
        ({"minimize": "loss"}, r"exactly one of maximize and minimize \(found maximize and minimize\)"),
        ({"maximize": None}, r"exactly one of maximize and minimize \(found none\)"),
        ({"strategy": "halving"}, "strategy halving needs halving:"),
        (
            {"halving": {"parameter": "epochs", "min": 1, "max": 9}},
            "halving belongs to strategy halving, not to random",
        ),
        (
            {"strategy": "halving", "halving": {"parameter": "epochs", "min": 1, "max": 81}},
            r"5 rungs \(1, 3, 9, 27, 81\) need at least 5 trials",
        ),
        ({"strategy": "halving", "halving": {"parameter": "x", "min": 1, "max": 9}}, "it cannot be in space too"),
        ({"strategy": "halving", "halving": {"parameter": "seed", "min": 1, "max": 9}}, "seed cannot be both"),
        ({"strategy": "halving", "halving": {"parameter": "e", "min": 9, "max": 9}}, "min must be less than max"),
        ({"early_stopping": {"patience": 0}}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_searched_is_refused(search: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSpecError, match=said):
        job(**search)


def test_a_tuning_says_what_it_asks_for() -> None:
    assert job().summary() == "4 trials x 1 cpu, 2Gi, 2 at once"
    grid = job(strategy="grid", max_trials=None, space={"x": {"int": [1, 3]}, "y": {"choice": ["a", "b"]}})
    assert grid.search.trials == 6
    halving = job(strategy="halving", max_trials=17, halving={"parameter": "epochs", "min": 1, "max": 10})
    assert halving.search.halving
    assert halving.search.halving.resources == [1, 3, 9, 10]
    assert halving.search.halving.rungs(9) == [9, 3, 1, 1]
    assert halving.search.trials == 16  # twelve configurations would need 18
