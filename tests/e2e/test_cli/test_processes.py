"""What only a process of its own shows: pipes, terminals, signals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    Project = Any

_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def _end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_a_run_writes_data_to_stdout_and_words_to_stderr(project: Project) -> None:
    code, out, err = _end(project.process("run", "-o", "json"))
    assert code == 0
    assert json.loads(out)["status"] == "succeeded"
    assert err.startswith("prepare   running\nprepare   succeeded")
    assert "\x1b" not in out + err


def test_a_reader_that_goes_away_is_no_error(project: Project) -> None:
    process = project.process("plan", "--requests")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(timeout=60)


def test_a_run_goes_on_when_nobody_reads_its_progress(project: Project) -> None:
    process = project.process("run", stdout=subprocess.DEVNULL)
    process.stderr.close()
    process.wait(timeout=60)
    assert project("models", "list", "-o", "name").out == "tiny:1\n"


def test_ctrl_c_stops_the_job_and_says_how_to_go_on(project: Project, tmp_path: Path) -> None:
    process = _run_that_sleeps(project, tmp_path / "started")
    process.send_signal(signal.SIGINT)
    code, _, err = _end(process)
    assert code == 130
    assert "interrupted" in err
    assert "finished steps are kept: mlops-cloud run recipe.yaml --set vars.rows=30" in err
    assert "Traceback" not in err
    jobs = json.loads(project("jobs", "list", "-o", "json").out)
    assert {job["ref"]["name"].split("-")[1]: job["status"] for job in jobs} == {
        "train": "cancelled",
        "prepare": "succeeded",
    }


def test_a_run_is_cancelled_from_elsewhere(project: Project, tmp_path: Path) -> None:
    process = _run_that_sleeps(project, tmp_path / "started")
    run = project("runs", "list", "-o", "name").out.strip()
    cancelled = project("runs", "cancel", run, "-o", "json")
    assert cancelled.code == 0, cancelled.err
    assert [job["ref"]["kind"] for job in json.loads(cancelled.out)] == ["training"]
    code, out, err = _end(process)
    assert code == 1
    assert "was cancelled" in err
    assert json.loads(out)["steps"]["register"]["status"] == "blocked"


def test_the_same_recipe_is_not_run_twice_at_once(project: Project, tmp_path: Path) -> None:
    process = _run_that_sleeps(project, tmp_path / "started")
    refused = project("run")
    process.send_signal(signal.SIGINT)
    assert _end(process)[0] == 130
    assert refused.code == 1
    assert f"process {process.pid}" in refused.err


def _run_that_sleeps(project: Project, started: Path) -> subprocess.Popen[str]:
    """A run whose training has begun."""
    project.write(train_py=f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(60)\n")
    process = project.process("run", "-o", "json", "--set", "vars.rows=30")
    deadline = time.monotonic() + 30
    while not started.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started.exists()
    return process


def test_a_person_is_asked_at_a_terminal(project: Project) -> None:
    project("run")
    kept = _at_a_terminal(project, "destroy", "tiny", typed=b"n\n", code=1)
    assert b"nothing was done" in kept
    assert project("models", "list", "-o", "name").out == "tiny:1\n"
    _at_a_terminal(project, "destroy", "tiny", typed=b"y\n")
    assert project("models", "list", "-o", "name").out == ""


def _at_a_terminal(project: Project, *arguments: str, typed: bytes = b"", code: int = 0, **environment: str) -> bytes:
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = project.process(
        *arguments, stdin=theirs, stdout=theirs, stderr=theirs, env={**env, "TERM": "xterm-256color", **environment}
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(timeout=60) == code, shown
    return shown


def test_a_terminal_sees_live_lines_and_tables(project: Project) -> None:
    shown = _at_a_terminal(project, "run")
    assert b"succeeded" in shown
    assert _COLOUR.search(shown)
    assert b"\x1b[31mred" not in shown
    assert b"\x1b[?25h" in shown, "the cursor is shown again"


def test_no_color_is_kept(project: Project) -> None:
    shown = _at_a_terminal(project, "run", NO_COLOR="1")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", shown)


def test_completion_completes_commands_without_loading_them(project: Project) -> None:
    environment = {
        **os.environ,
        "_MLOPS_CLOUD_COMPLETE": "bash_complete",
        "COMP_WORDS": "mlops-cloud ru",
        "COMP_CWORD": "1",
    }
    code, out, _ = _end(project.process(env=environment))
    assert code == 0
    assert out.split() == ["plain,run", "plain,runs"]
