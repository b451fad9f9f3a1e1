"""What a batch prediction tells: progress in time, and a summary that stays small."""

from __future__ import annotations

import json

import pytest

from mlops_cloud.analysis import progress_lines
from mlops_cloud.analysis.answers import Answers
from mlops_cloud.analysis.prediction_lines import header, lines, predicted
from mlops_cloud.analysis.prediction_tally import Tally
from mlops_runtime.metrics import parse


def test_progress_is_told_at_most_twice_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(progress_lines.time, "monotonic", lambda: now)
    progress = progress_lines.ProgressLines()
    for chunk in range(1, 10_001):
        now = chunk / 100
        progress.tell(chunk * 7, chunk / 100, chunk)
    told = [parse(line.encode()) for line in capsys.readouterr().out.splitlines()]
    assert all(told)
    assert [metric["step"] for metric in told if metric and metric["name"] == "rows"] == [*range(100, 10_001, 100)]


def test_a_tally_goes_on_from_what_was_kept_of_it() -> None:
    values = [0.1, 0.2, float("nan"), 1e300, -3.0, float("inf")]
    whole, first = Tally({}), Tally({})
    for value in values:
        whole.add(predicted(Answers([value])))
    for value in values[:3]:
        first.add(predicted(Answers([value])))
    second = Tally(json.loads(json.dumps(first.state())))
    for value in values[3:]:
        second.add(predicted(Answers([value])))
    assert second.state() == whole.state()
    assert whole.document() == {"missing": 2, "min": -3.0, "mean": 1e300 / 4, "max": 1e300}


def test_answers_that_are_all_different_are_not_counted_one_by_one() -> None:
    tally = Tally({})
    for start in range(0, 5000, 500):
        tally.add(predicted(Answers([f"text {number}" for number in range(start, start + 500)])))
    assert tally.document() == {"missing": 0}
    assert len(json.dumps(tally.state())) < 100


@pytest.mark.parametrize(
    ("given", "classes", "cells"),
    [
        ([1.0, 0.0], ["0", "1"], ["1", "0"]),
        ([1.0, 2.5], [], ["1.0", "2.5"]),
        ([True, 1, None, "x"], [], ["True", "1", "", "x"]),
        (['say "no", then', ""], [], ['"say ""no"", then"', '""']),
        ([1e-300, 0.1 + 0.2], [], ["1e-300", "0.30000000000000004"]),
    ],
)
def test_answers_are_written_so_that_they_read_back(given: list[object], classes: list[str], cells: list[str]) -> None:
    assert predicted(Answers(given, classes)).cells == cells


def test_a_class_that_comes_late_is_refused_and_one_that_is_left_out_is_not() -> None:
    import numpy as np

    from mlops_cloud.errors import InvalidSpecError

    shares = Answers(["b"], ["b"], np.array([[1.0]]), probabilities=True)
    assert lines([["7"]], ["b"], shares, ["a", "b"]) == "7,b,0.0,1.0\n"
    with pytest.raises(InvalidSpecError, match="names the class 'b', which the rows before did not know"):
        lines([], ["b"], shares, ["a"])
    assert header(["x, y", "prediction"]) == '"x, y",prediction\n'
