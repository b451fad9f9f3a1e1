"""A job is started once, whatever becomes of the server that it was offered to, or of its answer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import ProviderError
from mlops_cloud.processes import observe, start_note, wait
from mlops_cloud.processes.launch import _spawn
from mlops_cloud.processes.supervisor.order import decoded, encoded
from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.processes.supervisor.order import Order

COUNT = "from pathlib import Path\nwith Path({file!r}).open('a') as file:\n    file.write('ran\\n')\n"


@pytest.fixture
def pretender(own_bench: Any) -> Iterator[Callable[[Callable[[Order, socket.socket], None]], None]]:
    """Stands where the server would, and does with the next order whatever it is told to."""
    listener = socket.socket(socket.AF_UNIX)
    threads: list[threading.Thread] = []

    def serve(act: Callable[[Order, socket.socket], None]) -> None:
        channel, _ = listener.accept()
        with channel:
            parts = []
            while part := channel.recv(1 << 16):
                parts.append(part)
            act(decoded(b"".join(parts)), channel)

    def pretend(act: Callable[[Order, socket.socket], None]) -> None:
        folder = own_bench.kind().folder
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{descriptor}/socket")
        os.close(descriptor)
        listener.listen()
        threads.append(threading.Thread(target=serve, args=(act,)))
        threads[0].start()

    yield pretend
    for thread in threads:
        thread.join()
    listener.close()


def _take(order: Order) -> bool:
    return start_note.take(order.folder, order.token)


def _counted(bench: Any, tmp_path: Path) -> tuple[str, Any]:
    ran = bench.run(COUNT.format(file=str(tmp_path / "counted")))
    return (tmp_path / "counted").read_text(), ran


def test_a_server_that_hangs_up_without_taking_the_job(own_bench: Any, tmp_path: Path, pretender: Any) -> None:
    pretender(lambda order, channel: None)
    times, ran = _counted(own_bench, tmp_path)
    assert (times, ran.start) == ("ran\n", "cold, because its warm server ended before it took the job")


def test_a_server_that_is_too_slow_gets_nothing_any_more(
    own_bench: Any, tmp_path: Path, pretender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_cloud.processes.warm.handover._ANSWER_SECONDS", 0.2)
    gone, late = threading.Event(), []

    def dawdle(order: Order, _: socket.socket) -> None:
        gone.wait(20)
        late.append(_take(order))

    pretender(dawdle)
    times, ran = _counted(own_bench, tmp_path)
    gone.set()
    until(lambda: late)
    assert (times, late) == ("ran\n", [False])
    assert ran.start == "cold, because its warm server did not answer: it took too long"


def test_a_server_whose_answer_is_lost_has_the_job(
    own_bench: Any, tmp_path: Path, pretender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_cloud.processes.warm.handover._ANSWER_SECONDS", 0.2)
    ended = threading.Event()

    def start_and_say_nothing(order: Order, _: socket.socket) -> None:
        assert _take(order)
        ended.wait(0.5)  # longer than anybody waits for an answer
        start_note.write(order.folder, start_note.WARM)
        _spawn(Path(order.folder), encoded(order))
        ended.wait(20)

    pretender(start_and_say_nothing)
    times, ran = _counted(own_bench, tmp_path)
    ended.set()
    assert (times, ran.start, ran.code) == ("ran\n", "warm", 0)


def test_a_server_that_dies_with_the_job_fails_it_as_a_supervisor_that_dies(
    own_bench: Any, tmp_path: Path, pretender: Any
) -> None:
    pretender(lambda order, channel: (_take(order), None)[1])
    with pytest.raises(ProviderError, match="supervisor of a job ended before it could start it"):
        _counted(own_bench, tmp_path)
    assert not (tmp_path / "counted").exists()
    (job,) = own_bench.folder.iterdir()
    assert observe(job / "run").cause == "start_failed"


_LAUNCHER = """
import json, os, signal, sys
from pathlib import Path
from mlops_cloud.processes import Launch, launch
from mlops_cloud.processes.warm import handover
from mlops_cloud.processes.warm.kind import ServerKind
given = json.loads(sys.argv[1])
kind = ServerKind(home=Path(given["home"]), python=sys.executable, preload=(), environment=given["env"])
if given["die"] == "before the answer":
    def answer(channel, order):
        channel.sendall(order)
        channel.shutdown(1)
        os.kill(os.getpid(), signal.SIGKILL)
    handover._answer = answer
if given["die"] == "within the order":
    def answer(channel, order):
        channel.sendall(order[:-3])
        os.kill(os.getpid(), signal.SIGKILL)
    handover._answer = answer
launch(Path(given["folder"]), Launch(argv=given["argv"], cwd=Path(given["cwd"]), env=given["env"],
       max_runtime_seconds=30, passes_on=True, warm=kind))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("die", ["before the answer", "after the start", "within the order"])
def test_a_launcher_that_is_killed(own_bench: Any, tmp_path: Path, die: str) -> None:
    seen: list[Any] = []
    counted = tmp_path / "counted"

    def begin(*given: Any) -> None:
        seen.append(given[2])
        raise OSError("it is only looked at")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("mlops_cloud.processes.launch"), "_begin", begin)
        with pytest.raises(ProviderError):
            own_bench.run(COUNT.format(file=str(counted)))
    order = seen[0]
    shutil.rmtree(order.folder)
    folder = Path(order.folder).with_name("again")
    given = {"home": str(own_bench.home), "env": order.env, "folder": str(folder), "argv": order.argv}
    told = json.dumps({**given, "cwd": order.cwd, "die": die})
    died = subprocess.run([sys.executable, "-c", _LAUNCHER, told], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    if die == "within the order":
        assert start_note.read(str(folder)) == ""
        assert not counted.exists()
        shutil.rmtree(folder)
        return
    assert wait(folder, 20).exit_code == 0
    assert (counted.read_text(), start_note.read(str(folder))) == ("ran\n", "warm")
