"""A machine that is taken away: the job is asked to stop as on a spot machine, once, and killed when it does not."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from mlops_cloud.processes import is_alive, observe, request_stop, tail, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]

DEAF = "trap '' TERM; echo up; sleep 60 & sleep 60"
LEADER = """
import signal, subprocess, sys, time
child = subprocess.Popen(["sh", "-c", sys.argv[1]], start_new_session=True)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
sys.exit(child.wait() and 30)
"""
COUNTS = "trap 'echo asked; n=$((n+1)); [ $n -lt 2 ] || exit' TERM; echo up; while :; do sleep 0.01; done"


def test_a_job_is_interrupted_and_may_save_its_work(start: Start) -> None:
    folder = start(
        "sh", "-c", "trap 'echo saved; exit 0' TERM; while :; do sleep 0.01; done", interrupt_after_seconds=0.3
    )
    status = wait(folder, 20)
    assert (status.state, status.cause, status.succeeded) == ("exited", "spot", False)
    assert 0.3 <= status.duration_seconds < 5
    assert "saved" in tail(folder)


def test_a_job_that_ignores_it_is_killed_with_all_it_started(start: Start) -> None:
    folder = start("sh", "-c", DEAF, interrupt_after_seconds=0.3, grace_seconds=0.3)
    status = wait(folder, 20)
    assert (status.cause, status.signal) == ("spot", signal.SIGKILL)
    assert 0.6 <= status.duration_seconds < 5


def test_a_job_that_ends_before_is_not_interrupted(start: Start) -> None:
    folder = start("sh", "-c", "exit 0", interrupt_after_seconds=20)
    assert wait(folder, 10).succeeded


def test_what_comes_first_is_the_cause(start: Start) -> None:
    folder = start("sh", "-c", "sleep 60", interrupt_after_seconds=20, max_runtime_seconds=0.2)
    assert wait(folder, 10).cause == "timeout"


def test_who_cancels_an_interrupted_job_wants_no_other(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "trap 'echo asked' TERM; while :; do sleep 0.01; done", interrupt_after_seconds=0.2)
    eventually(lambda: "asked" in tail(folder))
    request_stop(folder)
    os.kill(observe(folder).supervisor.pid, signal.SIGUSR1)
    assert wait(folder, 10).cause == "cancelled"


def _asked_once(start: Start, eventually: Callable[..., None], ask: Callable[[Path], None]) -> None:
    folder = start("python3", "-c", LEADER, COUNTS, passes_on=True, grace_seconds=0.5, env={"PATH": os.environ["PATH"]})
    eventually(lambda: tail(folder) == ["up"])
    ask(folder)
    eventually(lambda: tail(folder) == ["up", "asked"])
    time.sleep(0.2)  # a second request would have come at once
    assert tail(folder) == ["up", "asked"]
    os.kill(observe(folder).process.pid, signal.SIGTERM)
    assert wait(folder, 10).cause


def test_a_command_that_passes_the_request_on_is_asked_alone(start: Start, eventually: Callable[..., None]) -> None:
    _asked_once(start, eventually, request_stop)


def test_without_its_supervisor_too(start: Start, eventually: Callable[..., None]) -> None:
    def ask(folder: Path) -> None:
        os.kill(observe(folder).supervisor.pid, signal.SIGKILL)
        eventually(lambda: not is_alive(observe(folder).supervisor))
        request_stop(folder)

    _asked_once(start, eventually, ask)
