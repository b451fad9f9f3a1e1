"""The last table of a run, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.cli import ending
from mlops_cloud.cli.next_commands import NextCommands
from mlops_cloud.cli.options import Common
from mlops_cloud.errors import ExitCode, JobFailedError
from mlops_cloud.recipes.run import RunResult
from mlops_cloud.results.runs import RunState, StepState

if TYPE_CHECKING:
    import pytest

GATES = [
    {"metric": "auc", "passed": True, "message": "auc is 0.992, as wanted: at least 0.97"},
    {"metric": "auc", "passed": True, "message": "auc: there is no champion yet"},
]
METRICS = {"auc": {"value": 0.99214, "low": 0.981, "high": 0.9991}, "recall": {"value": 0.9, "low": 0.85, "high": 0.95}}
STEPS = {
    "prepare": StepState("cached", "", "job://c-prepare-1", 0.01, "", {"job": "c-prepare-1", "metrics": {}}),
    "data": StepState(
        "succeeded",
        "",
        "dataset://c/1a",
        0.34,
        "",
        {"dataset": "c:1a", "rows": 569, "splits": {"train": 455, "test": 114}},
    ),
    "train": StepState("succeeded", "", "job://c-train-2", 71.0, "", {"job": "c-train-2", "metrics": {"loss": 0.1}}),
    "evaluate": StepState(
        "succeeded", "", "job://c-e-3", 2.5, "", {"job": "c-e-3", "metrics": METRICS, "gates": GATES, "page": "x://p"}
    ),
    "register": StepState(
        "succeeded", "", "model://c/3", 0.1, "", {"model": "c:3", "alias": "champion", "approval": "approved"}
    ),
}
ENDING = """
step      status           time  result
prepare   cached                 job c-prepare-1
data      succeeded       0.3 s  dataset c:1a, 569 rows (train 455, test 114)
train     succeeded  1 min 11 s  job c-train-2
evaluate  succeeded       2.5 s  report, 2 of 2 gates passed
register  succeeded       0.1 s  model c:3 as champion, approved

step      metric   value  95 % interval    gate
train     loss       0.1
evaluate  auc     0.9921  0.981 to 0.9991  auc is 0.992, as wanted: at least 0.97; auc: there is no champion yet
evaluate  recall     0.9  0.85 to 0.95

run                 c-1
status              succeeded in 1 min 14 s
report of evaluate  /reports/report.html
"""
NEXT = """
next:
  mlops-cloud models describe c:3
  mlops-cloud models download c:3 FOLDER
  mlops-cloud runs get c-1
"""


def _state(status: str, steps: dict[str, StepState]) -> RunState:
    return RunState("c-1", "c", "/r.yaml", status, 1000.0, 1074.0, steps)


def test_what_was_made_and_what_to_type_next(capsys: pytest.CaptureFixture[str]) -> None:
    result = RunResult(_state("succeeded", STEPS), {})
    ending.show(
        Common(None, None, "table"), result, {"evaluate": "/reports/report.html"}, NextCommands("mlops-cloud run")
    )
    written = capsys.readouterr()
    assert written.out == ENDING
    assert written.err == NEXT


def test_a_failure_names_the_step_its_log_and_the_way_on(capsys: pytest.CaptureFixture[str]) -> None:
    error = JobFailedError("job c-train-2 failed: exit 3", log_tail=["boom"])
    steps = {
        "train": StepState("failed", made="job://c-train-2", error=str(error)),
        "refused": StepState("failed", error="it never had a job, so it has no log"),
        "evaluate": StepState("blocked", error="train failed"),
    }
    result = RunResult(_state("failed", steps), {"train": error})
    ending.show(Common(None, None, "table"), result, {}, NextCommands("mlops-cloud run r.yaml"))
    written = capsys.readouterr()
    assert result.exit_code is ExitCode.FAILED
    assert "evaluate  blocked         train failed" in written.out
    assert written.err == (
        "\nstep train:\nerror: job c-train-2 failed: exit 3\n  its last lines:\n    | boom\n"
        "\nnext:\n  mlops-cloud logs c-1/train\n  mlops-cloud run r.yaml    # goes on from here\n"
    )


def test_waiting_names_the_approval(capsys: pytest.CaptureFixture[str]) -> None:
    summary = {"model": "c:3", "alias": "", "approval": "pending"}
    steps = {"register": StepState("paused", made="model://c/3", error="c:3 is pending", summary=summary)}
    result = RunResult(_state("waiting", steps), {})
    ending.show(Common(None, None, "name"), result, {}, NextCommands("mlops-cloud run"))
    written = capsys.readouterr()
    assert written.out == "c-1\n"
    assert "  mlops-cloud models approve c:3\n  mlops-cloud run    # goes on from here\n" in written.err
