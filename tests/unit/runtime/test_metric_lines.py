"""Metrics: from a line on stdout to metrics.jsonl, to the last bit."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mlops_runtime import log_metric
from mlops_runtime.metrics import parse


def test_values_are_kept_to_the_last_bit(job: Any) -> None:
    values = "[0.1 + 0.2, 1e-320, 5e-324, 1.7976931348623157e308, -0.0, 3, 2**53 + 1, float('nan'), float('-inf')]"
    text = f"from mlops_runtime import log_metric\nfor i, v in enumerate({values}): log_metric('m', v, step=i)\n"
    assert job.run(job.script(text)).code == 0
    got = [record["value"] for record in job.metrics()]
    assert got == [0.1 + 0.2, 1e-320, 5e-324, 1.7976931348623157e308, 0.0, 3.0, 9007199254740992.0, "nan", "-inf"]
    assert math.copysign(1, got[4]) == -1
    assert [record["step"] for record in job.metrics()] == list(range(9))
    assert all(record["time"] > 1.6e9 for record in job.metrics())


def test_a_line_may_be_printed_by_hand_and_end_without_a_newline(job: Any) -> None:
    finished = job.run(
        job.script("import sys\nprint('[metric] auc=0.91')\nsys.stdout.write('[metric] f1=1e-3 step=2')\n")
    )
    assert [(m["name"], m["value"], m["step"]) for m in job.metrics()] == [("auc", 0.91, None), ("f1", 0.001, 2)]
    assert finished.out == b"[metric] auc=0.91\n[metric] f1=1e-3 step=2"


@pytest.mark.parametrize(
    "line",
    [
        b" [metric] auc=1", b"x [metric] auc=1", b"[metric]  auc=1", b"[metric] auc", b"[metric] =1", b"[metric] auc=",
        b"[metric] auc=1 step=", b"[metric] auc=1 step=-1", b"[metric] auc=1 step=1.5", b"[metric] auc=1 step=3 x=2",
        b"[metric] auc=1_000", b"[metric] auc=0x10", b"[metric] auc=one", b"[metric] a=b=1", b"[metric] auc=1  step=3",
        "[metric] auc=٣".encode(), "[metric] auc=1 step=٣".encode(), b"[metric] a\x00b=1", b"[metric] a\x1b[31m=1",
        b"[metric] \xff=1", b"[metric] auc=1\rok", b"[metric] " + b"a" * 251 + b"=1",
        b"[metric] auc=1 step=" + b"9" * 19, b"[metric] auc=" + b"1" * 400,
        b"[metric] auc=Infinity",
        b"[metric] auc=1 step=3\x85x",
    ],
)  # fmt: skip
def test_what_is_not_exactly_a_metric_is_a_line_of_the_log(line: bytes) -> None:
    assert parse(line) is None


def test_what_is_a_metric() -> None:
    assert parse(b"[metric] val/auc.best@5=+1.5E-3 step=0\r\n") == {
        "name": "val/auc.best@5",
        "value": 0.0015,
        "step": 0,
    }
    assert parse("[metric] größe=1".encode()) == {"name": "größe", "value": 1.0, "step": None}
    assert parse(b"[metric] a=1e999") == {"name": "a", "value": "inf", "step": None}


@pytest.mark.parametrize(("name", "step"), [("", None), ("a b", None), ("a=b", None), ("a\n[metric] b", 1), ("a", -1)])
def test_a_metric_that_could_not_be_read_back_is_refused(name: str, step: int | None) -> None:
    with pytest.raises(ValueError, match="not a metric"):
        log_metric(name, 0.5, step)


def test_no_metric_no_file(job: Any) -> None:
    assert job.run(job.script("print('[metrics] auc=1')")).code == 0
    assert not (job.folder / "record/metrics.jsonl").exists()


def test_metrics_are_there_while_the_job_runs(job: Any) -> None:
    text = (
        "import json, os, time\nfrom mlops_runtime import log_metric\nlog_metric('auc', 0.5)\n"
        f"path = {str(job.folder / 'record/metrics.jsonl')!r}\nend = time.monotonic() + 20\n"
        "while not os.path.exists(path):\n    assert time.monotonic() < end\n    time.sleep(0.01)\n"
    )
    assert job.run(job.script(text)).code == 0
