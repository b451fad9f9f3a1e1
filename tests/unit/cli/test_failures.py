"""How a failure is told."""

from __future__ import annotations

import click
import pytest

from mlops_cloud.cli.failures import message, told
from mlops_cloud.errors import GateError, JobFailedError, RecipeError


def test_what_why_fix_and_the_last_lines_of_the_log() -> None:
    error = JobFailedError(
        "job a failed: ValueError",
        why="line 1\nline 2",
        fix="mlops-cloud logs a",
        log_tail=["one", "\x1b]0;evil\x07two"],
    )
    assert message(error).split("\n") == [
        "error: job a failed: ValueError",
        "  why: line 1",
        "       line 2",
        "  fix: mlops-cloud logs a",
        "  its last lines:",
        "    | one",
        "    | \\e]0;evil\\x07two",
    ]


def test_a_traceback_that_ends_the_log_is_told_once() -> None:
    trace = ["Traceback (most recent call last):", "ValueError: x"]
    error = JobFailedError("job a failed", why="\n".join(trace), log_tail=["before", *trace])
    assert message(error).count("ValueError: x") == 1
    assert "    | before" in message(error)
    assert "last lines" not in message(JobFailedError("job a failed", why="\n".join(trace), log_tail=trace))


def test_a_provider_is_named_with_its_code_and_request() -> None:
    error = GateError("no", provider="cloud", code="Bad", request_id="r-1")
    assert message(error) == "error: no\n  provider: cloud Bad r-1"


def test_problems_of_a_recipe_begin_with_their_place() -> None:
    assert message(RecipeError(["r.yaml:1:2: a", "r.yaml:3:4: b"])) == "r.yaml:1:2: a\nr.yaml:3:4: b"


def test_the_exit_code_is_the_errors_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(GateError("missed")) == 3
    assert capsys.readouterr().err == "error: missed\n"


def test_an_unexpected_error_is_one_sentence_and_the_way_to_its_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLOPS_CLOUD_TRACEBACK", raising=False)
    assert told(ZeroDivisionError("by \x1bzero")) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: ZeroDivisionError: by \\ezero"
    assert "MLOPS_CLOUD_TRACEBACK=1" in second


def test_the_traceback_is_shown_when_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_CLOUD_TRACEBACK", "1")
    with pytest.raises(KeyError) as caught:
        raise KeyError
    assert told(caught.value) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    interrupt = KeyboardInterrupt()
    interrupt.add_note("mlops-cloud run r.yaml")
    abort = click.Abort()
    abort.__cause__ = interrupt
    assert told(abort) == 130
    assert capsys.readouterr().err == "interrupted\nmlops-cloud run r.yaml\n"
