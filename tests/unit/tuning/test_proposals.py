"""The trials of each strategy for one seed: the same on every machine, today and after an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.results.jobs import JobStatus, Trial
from mlops_cloud.services.tuning_search import proposals_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.specs.tuning import Search

SPACE = {"x": {"float": [0, 1]}, "rate": {"log": [1e-4, 1]}, "kind": {"choice": ["a", "b"]}, "depth": {"int": [2, 8]}}
COUNTED = {"kind": {"choice": ["a", "b"]}, "depth": {"int": [2, 8], "step": 3}}
HALVING = {"parameter": "epochs", "min": 1, "max": 9, "factor": 3}


def search(strategy: str, **fields: Any) -> Search:
    wanted = {"strategy": strategy, "minimize": "loss", "max_trials": 16, "seed": 7, "space": SPACE} | fields
    return mc.TuningJob(script="train.py", search=wanted).search


def worth(parameters: dict[str, Any]) -> float:
    return (parameters.get("x", 0) - 0.3) ** 2 + (parameters["kind"] == "a") + parameters.get("rate", 0) / 8


def asked(wanted: Search, failing: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """Every trial that is asked for when each is worth what the function above says."""
    proposals, trials = proposals_of(wanted), []
    ended: list[Trial] = []
    while wave := proposals.next(ended):
        ended = [_trial(number, parameters, failing) for number, parameters in enumerate(wave, len(trials))]
        trials += wave
    return trials


def _trial(number: int, parameters: dict[str, Any], failing: tuple[int, ...]) -> Trial:
    if number in failing:
        return Trial(number, parameters, JobStatus.FAILED)
    return Trial(number, parameters, JobStatus.SUCCEEDED, worth(parameters))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("grid", search("grid", space=COUNTED)),
        ("random", search("random")),
        ("bayesian", search("bayesian")),
        ("halving", search("halving", halving=HALVING)),
    ],
)
def test_the_trials_of_a_seed(name: str, wanted: Search, golden: Callable[[str, object], None]) -> None:
    golden(f"tuning/{name}.json", asked(wanted))


def test_the_order_of_a_recipes_lines_changes_nothing() -> None:
    for strategy in ("random", "bayesian"):
        assert asked(search(strategy)) == asked(search(strategy, space=dict(reversed(SPACE.items()))))
    assert asked(search("grid", space=COUNTED)) == asked(search("grid", space=dict(reversed(COUNTED.items()))))


def test_more_trials_begin_with_the_same() -> None:
    for strategy in ("random", "bayesian"):
        assert asked(search(strategy, max_trials=24))[:16] == asked(search(strategy))


def test_another_seed_asks_for_others() -> None:
    assert asked(search("random", seed=8)) != asked(search("random"))


def test_bayesian_begins_as_random_and_then_looks_where_it_was_better() -> None:
    found = asked(search("bayesian", max_trials=40))
    assert found[:10] == asked(search("random"))[:10]
    assert found != asked(search("random", max_trials=40))
    late = [worth(trial) for trial in found[20:]]
    assert sum(late) / len(late) < sum(map(worth, found[:10])) / 10


def test_bayesian_goes_on_after_trials_that_failed() -> None:
    found = asked(search("bayesian"), failing=(0, 3, 11))
    assert len(found) == 16
    assert found[:10] == asked(search("bayesian"))[:10]
    assert found[12:] != asked(search("bayesian"))[12:]


def test_halving_gives_more_to_the_better_third() -> None:
    found = asked(search("halving", halving=HALVING))
    rungs = {epochs: [each for each in found if each["epochs"] == epochs] for epochs in (1, 3, 9)}
    assert [len(rung) for rung in rungs.values()] == [11, 3, 1]
    first = sorted(rungs[1], key=worth)[:3]
    assert sorted(map(worth, rungs[3])) == sorted(map(worth, first))
    assert worth(rungs[9][0]) == worth(first[0])


def test_halving_leaves_out_what_failed_and_ends_when_nothing_is_left() -> None:
    best = min(range(11), key=lambda number: worth(asked(search("halving", halving=HALVING))[number]))
    found = asked(search("halving", halving=HALVING), failing=(best,))
    assert all(worth(each) != worth(found[best]) for each in found[11:])
    assert len(asked(search("halving", halving=HALVING), failing=tuple(range(11)))) == 11
