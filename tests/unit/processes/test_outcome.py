"""What a job's record says of how it ended."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import AlreadyExistsError, InvalidSpecError, JobFailedError, NotFoundError
from mlops_cloud.processes import Launch, is_alive, launch, observe, read_log, tail, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]


def test_success_is_recorded_with_what_it_used(start: Start) -> None:
    before = time.time()
    folder = start(python="x = bytearray(30_000_000)\nfor _ in range(300_000): pass\nprint('done')")
    status = wait(folder, 10)
    assert (status.state, status.cause, status.exit_code, status.signal) == ("exited", "exited", 0, None)
    assert status.succeeded
    assert status.left_behind == 0
    assert 30_000_000 < status.peak_memory_bytes < 100_000_000
    assert 0.005 < status.cpu_seconds < 5
    assert before <= status.started <= status.ended <= time.time()
    assert 0 < status.duration_seconds < 10
    assert tail(folder) == ["done"]


def test_exit_code_is_recorded(start: Start) -> None:
    status = wait(start("sh", "-c", "exit 3"), 10)
    assert (status.state, status.cause, status.exit_code, status.signal) == ("exited", "exited", 3, None)
    assert not status.succeeded


@pytest.mark.parametrize(("name", "number"), [("KILL", 9), ("SEGV", 11), ("TERM", 15)])
def test_signal_is_recorded(start: Start, name: str, number: int) -> None:
    status = wait(start("sh", "-c", f"kill -{name} $$"), 10)
    assert (status.cause, status.exit_code, status.signal) == ("signal", None, number)


def test_command_that_is_not_there_is_told_to_launcher_and_to_later_readers(start: Start, tmp_path: Path) -> None:
    with pytest.raises(JobFailedError) as caught:
        start("no-such-command-anywhere")
    assert caught.value.why == "No such file or directory: no-such-command-anywhere"
    status = observe(tmp_path / "job-0")
    assert (status.state, status.cause, status.message) == ("exited", "start_failed", caught.value.why)


def test_working_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    order = Launch(argv=["/bin/true"], cwd=tmp_path / "gone", env={}, max_runtime_seconds=5)
    with pytest.raises(JobFailedError) as caught:
        launch(tmp_path / "job", order)
    assert caught.value.why == f"No such file or directory: {tmp_path / 'gone'}"


def test_file_that_is_no_program_fails_to_start(start: Start, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("not a program")
    with pytest.raises(JobFailedError, match="Permission denied"):
        start(str(tmp_path / "script"))


@pytest.mark.parametrize(
    "change",
    [
        {"argv": []},
        {"argv": ["true", "a\0b"]},
        {"env": {"A": "\0"}},
        {"env": {"A=B": "c"}},
        {"env": {"": "c"}},
        {"max_runtime_seconds": 0},
        {"memory_bytes": -1},
        {"grace_seconds": -1},
    ],
)
def test_impossible_orders_are_refused_and_leave_nothing(tmp_path: Path, change: dict[str, object]) -> None:
    fields: dict[str, object] = {"argv": ["true"], "cwd": tmp_path, "env": {}, "max_runtime_seconds": 5, **change}
    with pytest.raises(InvalidSpecError):
        launch(tmp_path / "job", Launch(**fields))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_takes_one_job(start: Start, tmp_path: Path) -> None:
    folder = start("sh", "-c", "echo first")
    wait(folder, 10)
    with pytest.raises(AlreadyExistsError):
        launch(folder, Launch(argv=["false"], cwd=tmp_path, env={}, max_runtime_seconds=5))
    assert observe(folder).succeeded
    assert tail(folder) == ["first"]


def test_a_folder_without_a_job_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        observe(tmp_path)
    with pytest.raises(NotFoundError):
        observe(tmp_path / "nowhere")


def test_arguments_and_environment_arrive_byte_for_byte(start: Start) -> None:
    hostile = [
        "; touch pwned",
        "$(touch pwned)",
        "`id`",
        "a\nb\r\n\tc",
        "",
        "'\"\\",
        "ü€🎈",
        os.fsdecode(b"\xff\xfe"),
        "-x",
    ]
    source = "import os, sys; print(ascii([sys.argv[1:], {k: v for k, v in os.environ.items() if k[:2] == 'V_'}]))"
    environment = {f"V_{number}": value for number, value in enumerate(hostile)}
    folder = start(sys.executable, "-I", "-S", "-c", source, *hostile, env=environment)
    assert wait(folder, 10).succeeded
    assert tail(folder) == [ascii([hostile, environment])]


def test_environment_is_complete_and_never_on_disk(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_LAUNCHER", "must not be inherited")
    folder = start("env", env={"PASSWORD": "hunter2-planted"})
    assert wait(folder, 10).succeeded
    names = {line.partition("=")[0] for line in tail(folder)}
    assert names == {"PATH", "TEST", "PASSWORD", "MLOPS_CLOUD_JOB_TOKEN"}
    (folder / "log").unlink()
    assert [path for path in folder.iterdir() if b"hunter2" in path.read_bytes()] == []


def test_child_inherits_no_descriptor_and_reads_nothing(start: Start) -> None:
    read, write = os.pipe()
    os.set_inheritable(read, True)
    try:
        folder = start("sh", "-c", "ls /proc/self/fd; wc -c")
    finally:
        os.close(read)
        os.close(write)
    assert wait(folder, 10).succeeded
    assert tail(folder) == ["0", "1", "2", "3", "0"]  # the fourth descriptor is that of the listing


def test_child_leads_a_session_and_a_group_of_its_own(start: Start) -> None:
    folder = start("sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat")
    pid = str(wait(folder, 10).process.pid)
    assert tail(folder) == [" ".join([pid] * 3)]


def test_child_begins_with_the_default_action_for_every_signal(start: Start) -> None:
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        folder = start("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
    finally:
        signal.signal(signal.SIGHUP, ignored)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert wait(folder, 10).succeeded
    # The lowest 31 bits: beyond them are the C library's own.
    assert [int(line.split()[1], 16) & 0x7FFF_FFFF for line in tail(folder)] == [0, 0]


def test_everything_in_the_folder_is_its_owners_alone(start: Start) -> None:
    before = os.umask(0)
    try:
        folder = start("true")
        wait(folder, 10)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_what_the_job_leaves_behind_is_killed_and_counted(start: Start) -> None:
    folder = start("sh", "-c", "sleep 60 & setsid sleep 60 & (setsid sh -c 'sleep 60 & sleep 60' &) ; exit 0")
    status = wait(folder, 10)
    assert status.succeeded
    assert 4 <= status.left_behind <= 5


def test_helpers_that_end_by_themselves_soon_after_are_not_left_behind(start: Start) -> None:
    status = wait(start("sh", "-c", "sleep 0.03 & exit 0"), 10)
    assert status.left_behind == 0
    assert status.succeeded


def test_end_of_a_short_job_is_seen_at_once(start: Start) -> None:
    delays = []
    for _ in range(5):
        status = wait(start("sleep", "0.02"), 10)
        delays.append(time.time() - status.ended)
        assert 0.015 < status.duration_seconds < 1
    assert min(delays) < 0.02


def test_waiting_ends_with_its_time(start: Start) -> None:
    folder = start("sleep", "0.3")
    status = wait(folder, 0.01)
    assert status.state == "running"
    assert not status.over
    assert is_alive(status.process)
    assert is_alive(status.supervisor)
    assert wait(folder).succeeded


def test_record_stays_valid_json_whatever_the_command_is_called(start: Start, tmp_path: Path) -> None:
    with pytest.raises(JobFailedError):
        start('a"b\\c\n\x7f\u20ac' + "x" * 500)
    assert json.loads((tmp_path / "job-0" / "status.json").read_bytes())["message"].startswith(
        'File name too long: a"b'
    )


def test_twenty_killed_jobs_at_once_leave_nothing(start: Start) -> None:
    folders = [start("sh", "-c", "kill -9 $$") for _ in range(20)]
    assert {wait(folder, 10).signal for folder in folders} == {9}
    assert {read_log(folder) for folder in folders} == {(b"", 0)}
