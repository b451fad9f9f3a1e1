"""A number that was given to another process is never taken for the job's."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import CorruptStateError
from mlops_cloud.processes import is_alive, observe, request_stop, stop, wait
from mlops_cloud.processes.identity import identify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., Path]


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        assert process.poll() is None, "a process that is none of the job's was killed"
        process.kill()


def test_identity_is_number_and_start_and_boot() -> None:
    own = identify(os.getpid())
    assert is_alive(own)
    assert not is_alive(replace(own, start=str(int(own.start) + 1)))
    assert not is_alive(replace(own, boot_id="another"))


def test_ended_process_is_not_alive_before_it_is_reaped() -> None:
    read, write = os.pipe()
    with subprocess.Popen(["sleep", "60"], stdout=write) as process:
        os.close(write)
        identity = identify(process.pid)
        process.kill()
        os.read(read, 1)  # until its end closed the pipe
        os.close(read)
        assert _zombie(process.pid)
        assert not is_alive(identity)
    assert identify(process.pid) is None


def test_forged_record_harms_nobody(start: Start, bystander: subprocess.Popen[bytes]) -> None:
    folder = start("true")
    wait(folder, 10)
    fields = json.loads((folder / "status.json").read_bytes())
    for who in ("supervisor", "process"):
        # One tick of the clock is all that tells this process from the one that had its number before.
        fields |= {f"{who}_pid": bystander.pid, f"{who}_start": str(int(identify(bystander.pid).start) - 1)}
    (folder / "status.json").write_text(json.dumps({**fields, "state": "running", "cause": ""}))
    assert observe(folder).state == "lost"
    request_stop(folder)
    assert stop(folder, 0).state == "lost"


@pytest.mark.parametrize(
    "garbage", ["", "{", "[1]", "null", '{"state": "running", "unknown": 1}', '{"supervisor_pid": 1}']
)
def test_record_that_is_none_is_corrupt(start: Start, garbage: str) -> None:
    folder = start("true")
    wait(folder, 10)
    (folder / "status.json").write_text(garbage)
    with pytest.raises(CorruptStateError):
        observe(folder)


def test_without_proc_the_ps_command_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_cloud.processes import table

    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo; wait"], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        process.stdout.readline()
        below = table.descendants(os.getpid())
        rows = [table.process(pid) for pid in below]
        monkeypatch.setattr(table, "HAS_PROC", False)
        told = [table.process(pid) for pid in below]
        listed = {row.pid for row in table.all_processes()}
        told_below = table.descendants(os.getpid())
        os.killpg(process.pid, 9)
    assert [(row.parent, row.group, row.zombie) for row in told] == [
        (row.parent, row.group, row.zombie) for row in rows
    ]
    assert len(below) == 2
    assert set(below) < listed
    assert set(below) <= set(told_below)
    assert table.process(process.pid) is None


def _zombie(pid: int) -> bool:
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=True).stdout[:1] == b"Z"
