"""Cancelling leaves no process, however a job tries to stay (the fixture of each test looks)."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import NotFoundError
from mlops_cloud.processes import is_alive, observe, request_stop, stop, tail, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]

TREES = {
    "plain": "echo up; sleep 60",
    "deaf grandchild": "sh -c 'trap \"\" TERM; echo up; sleep 60; sleep 60' & wait",
    "own session": "setsid sh -c 'trap \"\" TERM; echo up; sleep 60; sleep 60' & wait",
    "double fork": "(setsid sh -c 'trap \"\" TERM; echo up; sleep 60 & wait; sleep 60' &) ; sleep 60",
    "stopped": "echo up; kill -STOP $$",
}


def _up(folder: Path) -> bool:
    return tail(folder) == ["up"]


@pytest.mark.parametrize("tree", TREES)
def test_stop_ends_the_whole_tree(start: Start, eventually: Callable[..., None], tree: str) -> None:
    folder = start("sh", "-c", TREES[tree], grace_seconds=0.2)
    eventually(lambda: _up(folder))
    status = stop(folder)
    assert (status.state, status.cause) == ("exited", "cancelled")
    assert status.duration_seconds < 5


@pytest.mark.parametrize("tree", TREES)
def test_stop_works_when_the_supervisor_was_killed(start: Start, eventually: Callable[..., None], tree: str) -> None:
    folder = start("sh", "-c", TREES[tree], grace_seconds=0.2)
    eventually(lambda: _up(folder))
    os.kill(observe(folder).supervisor.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(observe(folder).supervisor))
    assert observe(folder).state == "running"
    status = stop(folder)
    assert (status.state, status.cause) == ("exited", "cancelled")
    assert observe(folder) == status


def test_job_may_save_its_work_when_asked_to_stop(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "trap 'echo saved; exit 30' TERM; echo up; sleep 60 & wait")
    eventually(lambda: _up(folder))
    request_stop(folder)
    status = wait(folder, 10)
    assert (status.cause, status.exit_code) == ("cancelled", 30)
    assert tail(folder) == ["up", "saved"]


def test_a_shorter_grace_cuts_the_launchs(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "trap '' TERM; echo up; sleep 60; sleep 60", grace_seconds=60)
    eventually(lambda: _up(folder))
    began = time.monotonic()
    assert stop(folder, grace_seconds=0.05).signal == 9
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("prefix", ["", "setsid "])
def test_grandchildren_get_the_whole_grace(start: Start, eventually: Callable[..., None], prefix: str) -> None:
    saver = "trap 'sleep 0.4; echo saved; exit' TERM; echo up; while :; do sleep 0.01; done"
    folder = start("sh", "-c", f'{prefix}sh -c "$0" & wait', saver, grace_seconds=5)
    eventually(lambda: _up(folder))
    assert stop(folder).duration_seconds < 0.3
    assert tail(folder)[-1] == "saved"


def test_stopping_what_is_over_changes_nothing(start: Start) -> None:
    folder = start("sh", "-c", "exit 3")
    before = wait(folder, 10)
    request_stop(folder)
    assert stop(folder) == before
    assert observe(folder) == before


def test_stopping_nothing_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        stop(tmp_path)


def test_signal_to_the_supervisor_stops_the_job(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "echo up; sleep 60")
    eventually(lambda: _up(folder))
    os.kill(observe(folder).supervisor.pid, signal.SIGTERM)
    status = wait(folder, 10)
    assert (status.cause, status.signal) == ("cancelled", 15)
