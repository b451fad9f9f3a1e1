"""Early stopping: decided by a trial's own reports alone, however late it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import JobFailedError
from mlops_cloud.services.tuning_stopping import Patience
from mlops_cloud.specs.tuning import EarlyStopping

if TYPE_CHECKING:
    from collections.abc import Callable

# Gets better for as many reports as its depth says, and then no more; what goes on for long is worth less.
CURVE = """
for epoch in range({epochs}):
    report((given["depth"] == 30) + given["x"] - 0.01 * min(epoch, given["depth"]))
{ending}
"""
SPACE = {"x": {"float": [0, 1]}, "depth": {"choice": [2, 30]}}
RULE = {"patience": 3}


def reports(values: list[float], *, maximize: bool, **rule: Any) -> tuple[int, bool]:
    patience = Patience(EarlyStopping(**rule), maximize=maximize).take_all(values)
    return patience.reports, patience.over


@pytest.mark.parametrize(
    ("values", "rule", "maximize", "taken"),
    [
        ([3, 2, 1, 0], {"patience": 1}, False, (4, False)),
        ([3, 2, 2, 1], {"patience": 1}, False, (3, True)),
        ([3, 2, 2, 1], {"patience": 1}, True, (2, True)),
        ([3, 2, 2, 1, 1, 1], {"patience": 2}, False, (6, True)),
        ([1, 1.05, 1.2, 1.25, 1.29, 2], {"patience": 2, "min_delta": 0.1}, True, (5, True)),
        ([float("nan"), 1, float("nan"), float("nan"), 0], {"patience": 2}, False, (4, True)),
        ([], {"patience": 1}, False, (0, False)),
    ],
)
def test_patience(values: list[float], rule: dict[str, Any], maximize: bool, taken: tuple[int, bool]) -> None:
    assert reports(values, maximize=maximize, **rule) == taken


def test_a_trial_is_worth_the_same_whether_it_was_stopped_or_too_fast(
    bench: Any, outcomes: Callable[[object], object]
) -> None:
    bench.script(CURVE.format(epochs=20, ending=""))
    fast = bench.tune(space=SPACE, early_stopping=RULE)
    # What waits here for a minute ends only because it is stopped.
    bench.script(CURVE.format(epochs=20, ending="if given['depth'] == 2:\n    time.sleep(60)"))
    stopped = bench.tune(space=SPACE, early_stopping=RULE)
    assert outcomes(stopped) == outcomes(fast)
    early = [trial for trial in stopped.trials if trial.parameters["depth"] == 2]
    assert {(trial.status, trial.reason) for trial in early} == {("cancelled", "stopped early, after 6 reports")}
    assert all(trial.objective == trial.parameters["x"] - 0.02 and trial.model is None for trial in early)
    assert {bench.cloud.training.get(trial.job).status for trial in early} == {"cancelled"}


def test_a_trial_that_was_stopped_is_not_run_again_and_is_never_the_best(bench: Any) -> None:
    bench.script(CURVE.format(epochs=20, ending="if given['depth'] == 2:\n    time.sleep(60)"))
    first = bench.tune(space=SPACE, early_stopping=RULE, max_trials=6)
    assert min(first.trials, key=lambda trial: trial.objective).status == "cancelled"
    assert first.winner.status == "succeeded"
    assert first.winner.parameters["depth"] == 30
    larger = bench.tune(space=SPACE, early_stopping=RULE, max_trials=7)
    assert larger.trials[:6] == first.trials
    assert set(bench.ran().values()) == {1}


def test_all_trials_stopped_is_one_error_and_what_it_cost_is_kept(bench: Any) -> None:
    bench.script(CURVE.format(epochs=20, ending="time.sleep(60)"))
    only = {"x": {"float": [0, 1]}, "depth": {"choice": [2]}}
    for _ in range(2):
        with pytest.raises(JobFailedError, match="no trial ran to its end: 3 of 3 were stopped early") as caught:
            bench.tune(space=only, early_stopping=RULE, max_trials=3)
        assert "patience" in caught.value.fix
    assert sum(bench.ran().values()) == 3
