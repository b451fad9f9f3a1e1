"""Tunings that run: the same trials whatever ends first, none of them twice, the best one found."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import JobFailedError, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLOWER_FIRST = 'time.sleep(given["rate"] % 0.07)\nreport((given["x"] - 0.3) ** 2)\n'
COMMAND = """
import sys
import mlops_cloud as mc
with mc.connect("local", project="shop") as cloud:
    job = mc.TuningJob.model_validate_json(sys.argv[1])
    print(cloud.tuning.run(job).best)
"""


@pytest.mark.parametrize("strategy", ["random", "bayesian"])
def test_the_trials_are_the_same_however_many_run_at_once(
    bench: Any, outcomes: Callable[[object], object], tmp_path: Path, strategy: str
) -> None:
    bench.script(SLOWER_FIRST)
    alone = bench.tune(strategy=strategy, max_trials=14, parallel=4, at_once=1)
    ran = bench.ran()
    assert set(ran.values()) == {1}
    assert sum(ran.values()) == 14
    bench.script(SLOWER_FIRST + "# other code, hence other jobs\n")
    together = bench.tune(strategy=strategy, max_trials=14, parallel=4, at_once=4)
    assert outcomes(together) == outcomes(alone)
    assert (together.best, together.metrics) == (alone.best, alone.metrics)
    assert together.winner.job != alone.winner.job
    assert set(bench.ran().values()) == {2}


def test_a_finished_tuning_is_known(bench: Any) -> None:
    first = bench.tune()
    assert bench.tune() == first
    assert bench.tune(parallel=5) == first, "how many run side by side changes no random trial"
    assert sum(bench.ran().values()) == 6


def test_a_larger_search_runs_only_what_is_new(bench: Any) -> None:
    first = bench.tune(max_trials=4)
    larger = bench.tune(max_trials=7)
    assert [trial.job for trial in larger.trials[:4]] == [trial.job for trial in first.trials]
    assert sum(bench.ran().values()) == 7
    assert bench.tune(max_trials=7, maximize="loss", minimize=None).best != larger.best
    assert sum(bench.ran().values()) == 7, "another goal asks for the same jobs"


def test_equal_parameters_run_once(bench: Any) -> None:
    bench.script("report(1)\n")
    tuning = bench.tune(max_trials=8, space={"x": {"choice": [1, 2]}}, at_once=3)
    assert len(tuning.trials) == 8
    assert len({trial.job for trial in tuning.trials}) == 2
    assert sum(bench.ran().values()) == 2
    assert tuning.best == 0, "of equals the first is best"


def test_a_grid_tries_every_combination(bench: Any) -> None:
    space = {"x": {"float": [0.1, 0.5], "step": 0.2}, "depth": {"choice": [True, "deep"]}}
    tuning = bench.tune(strategy="grid", max_trials=None, space=space)
    assert [tuple(trial.parameters.values()) for trial in tuning.trials] == [
        (True, 0.1), (True, 0.3), (True, 0.5), ("deep", 0.1), ("deep", 0.3), ("deep", 0.5),
    ]  # fmt: skip
    assert (tuning.best, tuning.winner.objective) == (1, 0.0)
    assert tuning.parameters == {"ledger": str(bench.ledger), "depth": True, "x": 0.3}


def test_halving_ends_with_the_best_of_those_that_got_the_most(bench: Any) -> None:
    bench.script('report((given["x"] - 0.3) ** 2 + given["epochs"])\n')
    halving = {"parameter": "epochs", "min": 1, "max": 4, "factor": 2}
    tuning = bench.tune(strategy="halving", max_trials=14, halving=halving)
    assert [trial.parameters["epochs"] for trial in tuning.trials] == [1] * 8 + [2] * 4 + [4] * 2
    assert tuning.winner.parameters["epochs"] == 4, "although more epochs are worse here"
    first = min(tuning.trials[:8], key=lambda trial: trial.objective)
    assert tuning.winner.parameters["x"] == first.parameters["x"]


def test_a_trial_that_fails_is_told_and_the_search_goes_on(bench: Any) -> None:
    bench.script('if given["x"] > 0.5:\n    raise ValueError("too large")\nreport(given["x"])\n')
    tuning = bench.tune(strategy="bayesian", max_trials=12)
    failed = [trial for trial in tuning.trials if trial.status == "failed"]
    assert failed
    assert {(trial.objective, trial.reason) for trial in failed} == {(None, "ValueError: too large")}
    assert tuning.winner.objective == min(trial.objective for trial in tuning.trials if trial.objective is not None)
    ran = sum(bench.ran().values())
    bench.tune(max_trials=10, maximize="loss", minimize=None)
    assert sum(bench.ran().values()) == ran, "those that failed by their own fault are known too"


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_value_that_is_no_number_is_a_failed_trial(bench: Any, value: str) -> None:
    bench.script(f'print("[metric] loss=" + ("{value}" if given["x"] > 0.5 else "0.5"))\n')
    tuning = bench.tune()
    found = {trial.parameters["x"] > 0.5: (trial.status, trial.objective, trial.reason) for trial in tuning.trials}
    assert found[True] == ("failed", None, f"loss was {value}")
    assert found[False] == ("succeeded", 0.5, "")


def test_the_last_report_counts(bench: Any) -> None:
    bench.script('print("[metric] loss=1 step=1\\n[metric] other=7\\n[metric] loss=3 step=2")\n')
    tuning = bench.tune(max_trials=1)
    assert tuning.winner.objective == 3
    assert tuning.metrics == {"loss": 3, "other": 7}


def test_its_model_goes_on_to_others(bench: Any) -> None:
    tuning = bench.tune()
    version = bench.cloud.models.register(mc.Model(name="shop", model=tuning))
    stored = bench.cloud.models.download(version, bench.folder / "bundle")
    assert (stored.folder / "model" / "model.txt").read_text() == repr(tuning.winner.parameters["x"])


def test_what_it_leaves_is_listed_read_and_deleted(bench: Any) -> None:
    tunings = bench.cloud.tuning
    first, second = bench.tune(max_trials=3), bench.tune(max_trials=5)
    assert list(tunings.list()) == [second, first]
    assert tunings.get(first.name) == first
    assert tunings.trials(first.name) == first.trials
    assert tunings.best(second.name) == second.winner
    with bench.cloud.provider.storage.open(first.table) as stream:
        rows = list(csv.DictReader(stream.read().decode().splitlines()))
    assert [float(row["loss"]) for row in rows] == [trial.objective for trial in first.trials]
    tunings.delete(second.name)
    assert [trial.status for trial in tunings.trials(first.name)] == ["succeeded"] * 3
    assert all(bench.cloud.training.get(trial.job).status == "succeeded" for trial in first.trials)
    for trial in second.trials[3:]:
        with pytest.raises(NotFoundError):
            bench.cloud.training.get(trial.job)
    with pytest.raises(NotFoundError, match="no tuning is called"):
        tunings.get(second.name)
    bench.tune(max_trials=5)
    assert sorted(bench.ran().values()) == [1, 1, 1, 2, 2]


def test_the_native_engine_is_refused_with_the_providers_reason(bench: Any) -> None:
    with pytest.raises(UnsupportedError, match="tuning, native engine is not available on local") as caught:
        bench.cloud.tuning.run(bench.job().with_changes(engine="native"), folder=bench.folder)
    assert "the portable engine does it" in caught.value.why


def _started(bench: Any, home: Path, max_trials: int) -> subprocess.Popen[str]:
    job = bench.job(max_trials=max_trials).model_dump_json(exclude_defaults=True)
    environ = os.environ | {"MLOPS_CLOUD_HOME": str(home)}
    command = [sys.executable, "-c", COMMAND, job]
    return subprocess.Popen(command, cwd=bench.folder, env=environ, text=True, stderr=subprocess.PIPE)


def _wait_for(bench: Any, number: int) -> None:
    end = time.monotonic() + 60
    while sum(bench.ran().values()) < number and time.monotonic() < end:
        time.sleep(0.01)
    assert sum(bench.ran().values()) >= number


def test_a_killed_tuning_goes_on_where_it_stood(bench: Any, own_home: Path) -> None:
    process = _started(bench, own_home, 12)
    _wait_for(bench, 5)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    tuning = bench.tune(max_trials=12)
    assert [trial.status for trial in tuning.trials] == ["succeeded"] * 12
    assert set(bench.ran().values()) == {1}
    assert len(bench.ran()) == 12


def test_an_interrupted_tuning_leaves_no_job_and_goes_on(bench: Any, own_home: Path) -> None:
    go_on = bench.folder / "go-on"
    bench.script(
        f"end = time.monotonic() + 60\nwhile not os.path.exists({str(go_on)!r}) and time.monotonic() < end:\n"
        "    time.sleep(0.01)\n"
        "report(given['x'])\n"
    )
    process = _started(bench, own_home, 4)
    _wait_for(bench, 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert {job.status for job in bench.cloud.training.list()} == {"cancelled"}
    go_on.touch()
    assert [trial.status for trial in bench.tune(max_trials=4).trials] == ["succeeded"] * 4


def test_a_trial_that_somebody_cancels_ends_the_search(bench: Any) -> None:
    bench.script("time.sleep(60)\n")
    cancelled: list[str] = []

    def cancel(event: Any) -> None:
        if event.kind == "submitted" and not cancelled:
            cancelled.append(event.text)
            bench.cloud.training.cancel(event.text)

    with mc.connect("local", project="shop", folder=bench.folder, listener=cancel) as cloud:
        with pytest.raises(JobFailedError, match=rf"job {bench.job().name}-\w+ was cancelled"):
            cloud.tuning.run(bench.job(), folder=bench.folder)
        assert [job.status for job in cloud.training.list()] == ["cancelled"] * 2, "and no other was begun"
