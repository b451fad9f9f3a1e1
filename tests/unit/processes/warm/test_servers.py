"""A warm server's life: who may speak to it, when it leaves, and that its jobs do not need it."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from mlops_cloud.cli.main import answer
from mlops_cloud.processes import observe, read_log, start_note, stop, wait
from mlops_cloud.processes.supervisor.order import Order, encoded
from mlops_cloud.processes.warm import places
from mlops_cloud.processes.warm.ending import forget_the_dead, servers, stop_servers
from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = (
    "import os, time\nprint('on', flush=True)\nwhile not os.path.exists('go'):\n    time.sleep(0.005)\nprint('off')\n"
)


def _only(bench: Any) -> Any:
    (server,) = servers(bench.home)
    return server


def _processes_of(bench: Any) -> list[int]:
    """Everything that was ever copied from a server of this home."""
    rows = psutil.process_iter(["cmdline"])
    return [row.pid for row in rows if any(str(bench.home) in part for part in row.info["cmdline"] or ())]


def _is_on(place: Path) -> bool:
    return b"on" in read_log(place / "run")[0]


def test_one_server_serves_many_jobs(own_bench: Any) -> None:
    for _ in range(5):
        assert own_bench.run("print(1)").start == "warm"
        first = _only(own_bench)
    assert _only(own_bench) == first
    assert first.python == own_bench.python


def test_jobs_at_the_same_time_share_it(own_bench: Any) -> None:
    jobs = [own_bench.start(HOLD) for _ in range(4)]
    until(lambda: all(map(_is_on, jobs)))
    assert len(servers(own_bench.home)) == 1
    for job in jobs:
        (job / "work_dir/go").touch()
    assert {(own_bench.ended(job).log, own_bench.ended(job).start) for job in jobs} == {("on\noff\n", "warm")}


def test_only_this_user_may_reach_it(own_bench: Any) -> None:
    own_bench.run("pass")
    folder = own_bench.kind().folder
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.iterdir())}
    assert modes.pop(folder.name) == "0o700"
    assert set(modes.values()) == {"0o600"}
    assert {"socket", "alive", "server.json", "log"} == set(modes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_it_hangs_up_on_another_user(own_bench: Any, tmp_path: Path) -> None:
    own_bench.run("pass")
    folder, job = own_bench.kind().folder, tmp_path / "theirs"
    job.mkdir()
    start_note.reserve(str(job), "a" * 32)
    order = _order(job)
    folder.chmod(0o755)
    (folder / "socket").chmod(0o666)
    heard = _asked_as(65534, folder, order)
    folder.chmod(0o700)
    assert heard == b"hung up"
    assert start_note.take(str(job), "a" * 32), "nobody took the job"
    assert own_bench.run("pass").start == "warm"


def _order(folder: Path) -> bytes:
    limits: dict[str, Any] = {"max_runtime_seconds": 9, "memory_bytes": None, "interrupt_after_seconds": None}
    given = {"folder": str(folder), "token": "a" * 32, "argv": ["x"], "cwd": str(folder), "env": {}}
    return encoded(Order(**given, **limits, grace_seconds=1, passes_on=True))


def _asked_as(user: int, folder: Path, order: bytes) -> bytes:
    """What another user hears after giving an order."""
    heard, said = os.pipe()
    if os.fork() == 0:
        try:
            os.chdir(folder)
            os.setuid(user)
            with socket.socket(socket.AF_UNIX) as channel:
                channel.connect("socket")
                channel.sendall(order)
                channel.shutdown(socket.SHUT_WR)
                os.write(said, channel.recv(99) or b"hung up")
        except ConnectionError:
            os.write(said, b"hung up")
        finally:
            os._exit(0)
    os.close(said)
    os.wait()
    with os.fdopen(heard, "rb") as pipe:
        return pipe.read()


@pytest.mark.parametrize("sent", [b"", b"nonsense", b"\0" * 1000, b"GET / HTTP/1.1\r\n\r\n"])
def test_nonsense_does_not_disturb_it(own_bench: Any, sent: bytes) -> None:
    own_bench.run("pass")
    before = _only(own_bench)
    channel = places.connected(own_bench.kind().folder, 5)
    with channel:
        channel.sendall(sent)
        channel.shutdown(1)
        assert channel.recv(1) == b""
    assert own_bench.run("pass").start == "warm"
    assert _only(own_bench) == before


def test_a_home_may_be_deeper_than_a_socket_address_is_long(own_bench: Any) -> None:
    own_bench.home = own_bench.home / ("d" * 90) / ("e" * 90)
    own_bench.home.mkdir(parents=True)
    own_bench.home.chmod(0o700)
    assert own_bench.run("pass").start == "warm"
    assert [server.name for server in stop_servers(own_bench.home)] == [own_bench.kind().folder.name]
    shutil.rmtree(own_bench.home.parent)


def test_it_leaves_when_nobody_wants_it(own_bench: Any) -> None:
    own_bench.idle_seconds = 0.3
    assert own_bench.run("pass").start == "warm"
    until(lambda: not places.is_alive(own_bench.kind().folder))
    assert _processes_of(own_bench) == []
    assert own_bench.run("pass").start == "warm"


def test_a_job_keeps_it_from_leaving_only_while_it_starts(own_bench: Any) -> None:
    own_bench.idle_seconds = 0.3
    job = own_bench.start(HOLD)
    until(lambda: not places.is_alive(own_bench.kind().folder))
    assert not observe(job / "run").over
    (job / "work_dir/go").touch()
    assert own_bench.ended(job).log == "on\noff\n"


def test_it_leaves_when_its_folder_is_gone(own_bench: Any) -> None:
    own_bench.idle_seconds = 30.0
    own_bench.run("pass")
    shutil.rmtree(own_bench.kind().folder)
    until(lambda: not _processes_of(own_bench))


@pytest.mark.parametrize("change", ["installed", "removed"])
def test_what_is_installed_since_is_seen(own_bench: Any, interpreter: Path, packages: Path, change: str) -> None:
    own_bench.python, own_bench.preload = str(interpreter), ("library",)
    (packages / "library.py").write_text("version = 1")
    script = "import sys\ntry:\n    import library\n    print(library.version)\nexcept ImportError:\n    print('none')"
    assert own_bench.run(script).log == "1\n"
    before = _only(own_bench)
    (packages / "library.py").unlink()
    if change == "installed":
        (packages / "library.py").write_text("version = 22")
    ran = own_bench.run(script)
    assert (ran.log, ran.start) == ("22\n" if change == "installed" else "none\n", "warm")
    assert _only(own_bench).process != before.process


def test_a_server_that_is_out_of_date_leaves_by_itself(own_bench: Any, interpreter: Path, packages: Path) -> None:
    own_bench.python, own_bench.idle_seconds = str(interpreter), 30.0
    own_bench.run("pass")
    (packages / "new.py").write_text("")
    until(lambda: not _processes_of(own_bench))


def test_stopping_leaves_nothing_but_the_jobs(own_bench: Any) -> None:
    job = own_bench.start(HOLD)
    until(lambda: _is_on(job))
    before = _only(own_bench)
    assert stop_servers(own_bench.home) == [before]
    status = observe(job / "run")
    theirs = {status.supervisor.pid, status.process.pid}
    left = set(_processes_of(own_bench))
    assert theirs < left
    assert len(left) == len(theirs) + 1, "supervisor, shim and script"
    assert list(own_bench.home.iterdir()) == []
    (job / "work_dir/go").touch()
    assert own_bench.ended(job).log == "on\noff\n"
    assert _processes_of(own_bench) == []


def test_a_killed_server_takes_its_spares_along_and_no_job(own_bench: Any) -> None:
    job = own_bench.start(HOLD)
    until(lambda: _is_on(job))
    os.kill(_only(own_bench).process.pid, signal.SIGKILL)
    until(lambda: len(_processes_of(own_bench)) == 3)
    assert own_bench.run("print(1)").start == "warm"
    (job / "work_dir/go").touch()
    assert own_bench.ended(job).code == 0


def test_a_spare_that_is_killed_is_made_again(own_bench: Any) -> None:
    own_bench.run("pass")
    before = _only(own_bench)
    for _ in range(2):
        spares = {*_processes_of(own_bench)} - {before.process.pid}
        for pid in spares:
            os.kill(pid, signal.SIGKILL)
        assert own_bench.run("print(1)").start in ("warm", "cold, because its warm server ended before it took the job")
    assert _only(own_bench) == before
    assert own_bench.run("print(1)").start == "warm"


def test_a_job_is_not_its_servers_child_in_any_way_that_counts(own_bench: Any) -> None:
    """Its own session, and a supervisor that whoever lists processes finds by the job's token."""
    job = own_bench.start(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\nprint('on', flush=True)\ntime.sleep(60)"
    )
    until(lambda: _is_on(job))
    status = observe(job / "run")
    for identity in (status.supervisor, status.process):
        os.kill(identity.pid, signal.SIGKILL)
    assert wait(job / "run", 10).state == "lost"
    stop(job / "run")
    until(lambda: len(_processes_of(own_bench)) == 4)  # the server and what it keeps ready


def test_servers_that_left_long_ago_are_forgotten(own_bench: Any) -> None:
    own_bench.run("pass")
    folder = own_bench.kind().folder
    forget_the_dead(own_bench.home, own_bench.home / "other")
    os.kill(_only(own_bench).process.pid, signal.SIGKILL)
    until(lambda: not places.is_alive(folder))
    forget_the_dead(own_bench.home, own_bench.home / "other")
    assert folder.exists(), "its log may still be wanted"
    os.utime(folder, (0, 0))
    forget_the_dead(own_bench.home, own_bench.home / "other")
    assert list(own_bench.home.iterdir()) == []


@contextmanager
def _umask() -> Iterator[None]:
    before = os.umask(0o27)
    yield
    os.umask(before)


@contextmanager
def _no_cores() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if before[0] else before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@contextmanager
def _one_processor() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.parametrize("change", [_umask, _no_cores, _one_processor])
def test_a_job_inherits_from_its_launcher_and_not_from_the_server(bench: Any, change: Any) -> None:
    script = "import os, resource\nprint(resource.getrlimit(4), oct(os.umask(0)), os.sched_getaffinity(0))"
    before = bench.both(script).log
    with change():
        assert bench.both(script).log != before
    assert bench.both(script).log == before


def test_the_command_line_lists_and_stops_them(
    own_bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLOPS_CLOUD_HOME", str(own_bench.home.parent))
    own_bench.run("pass")
    name = _only(own_bench).name
    for verb in ("list", "stop"):
        assert answer(["warm", verb]) == 0
        shown = capsys.readouterr().out.splitlines()
        assert len(shown) == 2
        assert shown[1].startswith(name)
    assert answer(["warm", "list", "-o", "name"]) == 0
    assert (capsys.readouterr().out, _processes_of(own_bench)) == ("", [])


def test_it_does_not_collect_the_dead(own_bench: Any) -> None:
    for _ in range(4):
        own_bench.run("pass")
    children = psutil.Process(_only(own_bench).process.pid).children()
    assert len([child for child in children if child.status() == psutil.STATUS_ZOMBIE]) <= 1  # the last job's
