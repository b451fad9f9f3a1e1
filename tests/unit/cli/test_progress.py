"""Plain progress lines."""

from __future__ import annotations

import pytest

from mlops_cloud.cli.progress import LINES_SHOWN, Progress
from mlops_cloud.services.session import Event

STEPS = ("prepare", "train")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_step_starts_and_ends_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Progress(STEPS, follow=False)
    tell(Event("started", "prepare", "processing"))
    tell(Event("finished", "prepare", "succeeded", 1.23))
    tell(Event("finished", "train", "cached", 0.002))
    assert _lines(capsys) == ["prepare  running", "prepare  succeeded  1.2 s", "train    cached"]


def test_output_is_shown_only_when_followed(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(STEPS, follow=False)(Event("log", "train", "hello"))
    assert _lines(capsys) == []
    Progress(STEPS, follow=True)(Event("log", "train", "hel\x1b[2Jlo"))
    assert _lines(capsys) == ["train   | hel\\e[2Jlo"]


def test_followed_output_is_capped_and_says_where_the_rest_is(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Progress(STEPS, follow=True)
    for number in range(LINES_SHOWN + 50):
        tell(Event("log", "train", str(number)))
    lines = _lines(capsys)
    assert len(lines) == LINES_SHOWN + 1
    assert lines[-1].endswith("mlops-cloud logs RUN/train")


def test_a_retry_says_which_attempt(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(STEPS, follow=False)(Event("retried", "train", "attempt 2: lost"))
    assert _lines(capsys) == ["train    again  attempt 2: lost"]


def test_progress_that_nobody_reads_stops_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    tell = Progress(STEPS, follow=False)

    def broken(line: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(tell, "write", broken)
    tell(Event("started", "train"))
    tell(Event("finished", "train", "succeeded", 1.0))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.0, "59.0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_times_are_short(seconds: float, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Progress(STEPS, follow=False)(Event("finished", "train", "failed", seconds))
    assert _lines(capsys) == [f"train    failed  {text}"]


def test_each_tenth_of_a_step_that_knows_how_far_it_is_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Progress(STEPS, follow=False)
    for number in range(1, 201):
        tell(Event("progress", "train", f"{number} of 200 trials", number / 200))
    lines = _lines(capsys)
    assert lines == [f"train    {number} of 200 trials" for number in range(20, 201, 20)]
