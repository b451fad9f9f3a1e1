"""Limits hold for the whole tree, and the record says which one was met."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.processes import memory_mode, wait
from mlops_cloud.processes.supervisor.cgroup import delegated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]
MIB = 1 << 20


def test_memory_hog_is_stopped_near_its_limit(start: Start) -> None:
    hog = "held = []\nwhile True: held.append(bytes(1 << 20).replace(b'\\0', b'x'))"
    status = wait(start(python=hog, memory_bytes=100 * MIB), 20)
    assert (status.state, status.cause, status.signal) == ("exited", "memory", 9)
    assert 100 * MIB < status.peak_memory_bytes < 300 * MIB
    assert memory_mode() in ("cgroup", "polled")


def test_memory_of_a_grandchild_counts(start: Start) -> None:
    hog = "x = bytearray(b'x') * (150 << 20)\nimport time; time.sleep(60)"
    status = wait(
        start("sh", "-c", 'setsid "$0" -I -S -c "$1" & wait', sys.executable, hog, memory_bytes=100 * MIB), 20
    )
    assert status.cause == "memory"
    assert status.duration_seconds < 20


def test_memory_shared_by_forked_workers_counts_once(start: Start) -> None:
    source = (
        "import os, time\n"
        "x = bytearray(b'x') * (60 << 20)\n"
        "[os.fork() for _ in range(2)]\n"
        "time.sleep(0.15)\n"
        "while True:\n"
        "    try: os.wait()\n"
        "    except ChildProcessError: break\n"
    )
    status = wait(start(python=source, memory_bytes=120 * MIB), 20)
    assert status.succeeded
    assert status.peak_memory_bytes < 120 * MIB


def test_job_under_its_limit_is_left_alone(start: Start) -> None:
    source = "x = bytearray(b'x') * (20 << 20)\nimport time; time.sleep(0.1)"
    assert wait(start(python=source, memory_bytes=200 * MIB), 20).succeeded


def test_timeout_asks_first(start: Start) -> None:
    status = wait(start("sh", "-c", "trap 'echo saved; exit 30' TERM; sleep 60 & wait", max_runtime_seconds=0.1), 20)
    assert (status.cause, status.exit_code) == ("timeout", 30)
    assert 0.1 <= status.duration_seconds < 3


def test_timeout_kills_who_does_not_listen(start: Start) -> None:
    began = time.monotonic()
    folder = start("sh", "-c", "trap '' TERM; sleep 60; sleep 60", max_runtime_seconds=0.1, grace_seconds=0.1)
    status = wait(folder, 20)
    assert (status.cause, status.signal) == ("timeout", 9)
    assert 0.2 <= time.monotonic() - began < 3


def test_a_limit_of_months_is_no_error(start: Start) -> None:
    assert wait(start("true", max_runtime_seconds=1e9), 10).succeeded


def test_no_limit_at_all(start: Start) -> None:
    assert wait(start("sleep", "0.05", max_runtime_seconds=None), 10).succeeded


@pytest.mark.skipif(memory_mode() == "polled", reason="no control group with a memory limit may be made here")
def test_kernel_kept_limit_is_told_apart_from_a_plain_kill(start: Start) -> None:
    assert wait(start("sh", "-c", "kill -9 $$", memory_bytes=100 * MIB), 10).cause == "signal"


@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        ("memory pids", "memory", "user/app"),
        ("", "cpu memory", "user"),
        ("", "cpu", None),
        ("memory_other", "", None),
    ],
)
def test_nearest_group_with_memory_control_is_taken(tmp_path: Path, own: str, above: str, expected: str | None) -> None:
    for folder, controllers in (("user/app", own), ("user", above)):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "cgroup.subtree_control").write_text(controllers + "\n")
        (tmp_path / folder / "cgroup.procs").touch()
    (tmp_path / "self").write_text("4:memory:/elsewhere\n0::/user/app\n")
    found = delegated(str(tmp_path), str(tmp_path / "self"))
    assert found == (str(tmp_path / expected) if expected else None)


def test_version_1_hierarchies_have_no_group_to_offer(tmp_path: Path) -> None:
    (tmp_path / "self").write_text("4:memory:/somewhere\n")
    assert delegated(str(tmp_path), str(tmp_path / "self")) is None
    assert delegated(str(tmp_path), str(tmp_path / "absent")) is None
