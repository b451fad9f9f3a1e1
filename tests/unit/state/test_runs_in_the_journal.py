"""What the journal keeps of runs: whole at begin and end, step by step between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.results.identity import Key
from mlops_cloud.results.runs import RunState, StepState
from mlops_cloud.state.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {"first": StepState(), "second": StepState()}
RUN = RunState("demo-1", "demo", "/recipe.yaml", "running", 1.0, steps=STEPS)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "journal.db")
    journal.save_run(RUN)
    return journal


def test_a_step_is_kept_without_the_others(journal: Journal) -> None:
    journal.save_steps("demo-1", {"second": StepState("running", made="job://x")})
    assert journal.run("demo-1") == replace(RUN, steps={**STEPS, "second": StepState("running", made="job://x")})
    assert [*journal.run("demo-1").steps] == ["first", "second"]  # type: ignore[union-attr]


def test_the_last_word_on_a_step_counts(journal: Journal) -> None:
    for status in ("running", "succeeded"):
        journal.save_steps("demo-1", {"first": StepState(status)})
    assert next(journal.runs("demo")).steps["first"].status == "succeeded"


def test_a_whole_run_replaces_its_steps(journal: Journal) -> None:
    journal.save_steps("demo-1", {"first": StepState("running")})
    ended = replace(RUN, status="succeeded", ended=2.0, steps=dict.fromkeys(STEPS, StepState("succeeded")))
    journal.save_run(ended)
    assert journal.run("demo-1") == ended


def test_a_forgotten_run_leaves_no_steps_to_the_next_of_its_name(journal: Journal) -> None:
    journal.save_steps("demo-1", {"first": StepState("failed")})
    journal.forget_run("demo-1")
    journal.save_run(RUN)
    assert journal.run("demo-1") == RUN


def test_another_process_sees_the_steps(journal: Journal, tmp_path: Path) -> None:
    journal.save_steps("demo-1", {"first": StepState("succeeded")})
    other = Journal(tmp_path / "journal.db")
    assert other.run("demo-1") == journal.run("demo-1")
    other.close()


def test_what_was_made_is_known_to_the_next_who_opens_it(tmp_path: Path) -> None:
    journal, other = (Journal(tmp_path / "intentions.db") for _ in range(2))
    first, second = (Key("training", "train", digit * 32) for digit in "12")
    journal.intend("jobs", first)
    journal.made("jobs", first)
    assert other.open_intentions() == [("jobs", first)]  # one more look, should this process be killed now
    journal.intend("jobs", second)
    assert other.open_intentions() == [("jobs", second)]
    journal.made("jobs", second)
    journal.close()
    assert other.open_intentions() == []
    other.close()
