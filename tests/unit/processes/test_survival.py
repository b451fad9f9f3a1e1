"""Launcher and supervisor may be killed at any time; the folder tells the truth to whoever comes later."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from mlops_cloud.processes import is_alive, observe, stop, tail, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]

LAUNCHER = """
import sys
from pathlib import Path
from mlops_cloud.processes import Launch, launch
folder = Path(sys.argv[1])
launch(folder, Launch(argv=sys.argv[2:], cwd=folder.parent, env={"PATH": "/bin:/usr/bin"}, max_runtime_seconds=30))
print("launched", flush=True)
sys.stdin.read()
"""


def _killed_launcher(folder: Path, *argv: str) -> None:
    command = [sys.executable, "-c", LAUNCHER, str(folder), *argv]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, start_new_session=True, **streams) as launcher:
        assert launcher.stdout.readline() == b"launched\n"
        os.killpg(launcher.pid, signal.SIGKILL)


def test_job_goes_on_when_its_launcher_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    _killed_launcher(folder, "sh", "-c", "echo one; sleep 0.2; echo two; exit 3")
    assert observe(folder).state == "running"
    assert wait(folder, 10).exit_code == 3
    assert tail(folder) == ["one", "two"]


def test_another_process_can_stop_it(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    _killed_launcher(folder, "sh", "-c", "sleep 60 & sleep 60")
    assert stop(folder, 1).cause == "cancelled"


def test_job_outlives_its_supervisor_and_is_lost_when_it_ends(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; echo end")
    os.kill(observe(folder).supervisor.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(observe(folder).supervisor))
    assert wait(folder, 0.05).state == "running"
    (folder.parent / "go").touch()
    status = wait(folder, 10)
    assert (status.state, status.cause, status.exit_code) == ("lost", "lost", None)
    assert tail(folder) == ["end"]


def test_leftovers_of_a_lost_job_are_found_by_their_token(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "(setsid sleep 60 &) ; echo up; sleep 60")
    eventually(lambda: tail(folder) == ["up"])
    status = observe(folder)
    os.kill(status.supervisor.pid, signal.SIGKILL)
    os.kill(status.process.pid, signal.SIGKILL)
    eventually(lambda: observe(folder).state == "lost")
    assert stop(folder).state == "lost"


def test_a_launch_that_never_came_to_a_supervisor_is_lost(start: Start) -> None:
    folder = start("true")
    wait(folder, 10)
    (folder / "status.json").unlink()
    assert observe(folder).state == "starting"  # the launcher, this process, is alive
    launched = json.loads((folder / "launch.json").read_bytes())
    launched["launcher"]["start"] = "0"
    (folder / "launch.json").write_text(json.dumps(launched))
    assert observe(folder).state == "starting"  # the supervisor of a dead launcher needs a moment
    (folder / "launch.json").write_text(json.dumps({**launched, "created": 0}))
    assert observe(folder).state == "lost"
    assert stop(folder).state == "lost"
