"""Tunings without a result: one clear error each, and what ran is not lost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import InvalidSpecError, JobFailedError, ProviderNotInstalledError
from mlops_cloud.specs.job import Retry

if TYPE_CHECKING:
    from pathlib import Path


def failure(bench: Any, **search: Any) -> JobFailedError:
    with pytest.raises(JobFailedError) as caught:
        bench.tune(**search)
    assert list(bench.cloud.tuning.list()) == []
    return caught.value


def test_a_metric_that_no_trial_reports_ends_the_search_after_the_first_trials(bench: Any) -> None:
    bench.script('print("[metric] train_loss=0.5\\n[metric] auc=0.9")\n')
    error = failure(bench, max_trials=200, minimize="tran_loss")
    assert error.what == "no trial reported the metric 'tran_loss'"
    assert error.why == "the trials reported auc, train_loss"
    assert error.fix.startswith("write minimize: train_loss; or report it: print('[metric] tran_loss=0.5')")
    assert sum(bench.ran().values()) < 20
    assert bench.tune(max_trials=2, minimize="train_loss").winner.objective == 0.5


def test_a_script_that_reports_nothing_is_shown_by_its_last_lines(bench: Any) -> None:
    bench.script('print("the loss is 0.5")\n')
    error = failure(bench)
    assert error.why == "the trials reported no metric"
    assert error.log_tail == ("the loss is 0.5",)


def test_a_metric_that_only_some_report_fails_the_others(bench: Any) -> None:
    bench.script('if given["x"] < 0.5:\n    report(given["x"])\n')
    tuning = bench.tune()
    assert {trial.reason for trial in tuning.trials if trial.status == "failed"} == {"it reported no loss"}
    assert tuning.winner.objective == min(trial.parameters["x"] for trial in tuning.trials)


def test_all_trials_failing_is_told_by_the_first_and_tried_again(bench: Any) -> None:
    bench.script('print("about to fail")\nraise ValueError("no luck with %s" % given["kind"])\n')
    error = failure(bench, max_trials=3)
    first = bench.cloud.tuning.prepare(bench.job(max_trials=3), bench.folder)
    assert error.what.startswith("all 3 trials failed; the first: job shop-")
    assert "ValueError: no luck with" in error.what
    assert 'raise ValueError("no luck with %s" % given["kind"])' in error.why
    assert error.log_tail[0] == "about to fail"
    assert error.code == "failed"
    assert first.content.kind == "tuning"
    assert sum(bench.ran().values()) == 3
    failure(bench, max_trials=3)
    assert sum(bench.ran().values()) == 6


def test_nothing_but_nan_is_all_trials_failing(bench: Any) -> None:
    bench.script('report(float("nan"))\n')
    assert failure(bench, max_trials=2).what == "all 2 trials failed; the first: loss was nan"
    assert failure(bench, max_trials=1).what == "the only trial failed: loss was nan"


def test_a_trial_is_retried_by_itself(bench: Any, tmp_path: Path) -> None:
    flag = tmp_path / "was-here"
    bench.script(
        f"flag = {str(flag)!r} + str(given['depth'])\n"
        "if not os.path.exists(flag):\n    open(flag, 'w').close()\n    raise RuntimeError('once')\n"
        "report(given['x'])\n"
    )
    job = bench.job(max_trials=4).with_changes(retry=Retry(times=1, on=("failed",)))
    tuning = bench.cloud.tuning.run(job, folder=tmp_path)
    assert [trial.status for trial in tuning.trials] == ["succeeded"] * 4
    assert sum(bench.ran().values()) > 4


def test_a_script_that_is_not_there_is_refused_before_anything_runs(bench: Any) -> None:
    (bench.folder / "train.py").unlink()
    with pytest.raises(InvalidSpecError, match=r"train\.py"):
        bench.tune()


def test_without_optuna_bayesian_search_says_what_to_install(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "optuna", raising=False)
    with pytest.raises(ProviderNotInstalledError, match="strategy bayesian needs Optuna") as caught:
        bench.tune(strategy="bayesian")
    assert caught.value.fix == "pip install 'mlops-cloud[local]'"
    assert not bench.ran()
