"""Exit codes, and the record a failed job leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.01)
    pytest.fail(f"{path} did not appear")


def alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_success_leaves_no_failure_file(job: Any) -> None:
    assert job.run(job.script("print('done')")).code == 0
    assert [path.name for path in (job.folder / "record").iterdir()] == ["outputs.json"]


def test_a_scripts_exit_code_is_recorded(job: Any) -> None:
    finished = job.run(job.script("import sys\nprint('almost')\nsys.exit(3)"))
    assert finished.code == 10
    failure = job.failure()
    assert (failure["reason"], failure["exit_code"], failure["signal"]) == ("script", 3, None)
    assert failure["message"] == "train.py exited with code 3"
    assert failure["log_tail"] == ["almost"]


def test_what_a_script_said_last_is_in_the_message(job: Any) -> None:
    said = r"print('10%\r100%\nno column x\n  why: the table has y\n', file=sys.stderr)"
    assert job.run(job.script(f"import sys\n{said}\nsys.exit(3)")).code == 10
    assert job.failure()["message"] == "train.py exited with code 3: no column x\n  why: the table has y"


def test_an_exception_is_recorded_with_its_traceback(job: Any) -> None:
    text = (
        "def f():\n    raise KeyError('Churn: no such column')\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    f()\n"
    )
    assert job.run(job.script(text)).code == 10
    failure = job.failure()
    assert (failure["exit_code"], failure["error_type"]) == (1, "KeyError")
    assert failure["message"] == "'Churn: no such column'"
    assert failure["traceback"].startswith("Traceback (most recent call last):")
    assert "in f" in failure["traceback"]
    assert "ZeroDivisionError" not in failure["traceback"]
    assert failure["log_tail"][-1] == "KeyError: 'Churn: no such column'"


def test_a_dotted_error_type_and_several_lines_of_message(job: Any) -> None:
    job.run(job.script("import json\njson.loads('{')"))
    assert job.failure()["error_type"] == "json.decoder.JSONDecodeError"
    job.run(job.script("raise ValueError('one\\ntwo')"))
    assert job.failure()["traceback"].endswith("ValueError: one\ntwo")


def test_the_scripts_own_syntax_error(job: Any) -> None:
    job.script("pass")
    (job.recipe / "bad.py").write_text("x = (\n")
    assert job.run(job.command(["python3", "bad.py"], extra=("bad.py",))).code == 10
    assert job.failure()["error_type"] == "SyntaxError"
    assert "bad.py" in job.failure()["traceback"]


def test_an_exception_group(job: Any) -> None:
    job.run(job.script("raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])"))
    failure = job.failure()
    assert (failure["error_type"], failure["message"]) == ("ExceptionGroup", "several (2 sub-exceptions)")
    assert "TypeError: b" in failure["traceback"]


def test_a_kill_is_recorded(job: Any) -> None:
    assert job.run(job.script("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")).code == 10
    failure = job.failure()
    assert (failure["exit_code"], failure["signal"]) == (None, "SIGKILL")
    assert failure["message"] == "train.py was killed by SIGKILL"


def test_the_last_lines_come_from_both_streams(job: Any) -> None:
    text = "import sys\nfor i in range(30): print('line', i, flush=True)\nprint('oh', file=sys.stderr)\nsys.exit(1)\n"
    job.run(job.script(text))
    tail = job.failure()["log_tail"]
    assert len(tail) == 20
    assert "oh" in tail
    assert "line 29" in tail


def test_missing_outputs_are_named_with_what_is_there(job: Any) -> None:
    job.outputs = {"table": "cancer.csv", "plots": "plots/", "other": "deep/x.bin"}
    text = (
        "import os\nos.makedirs('plots')\nd = os.environ['MLOPS_OUTPUT_DIR']\nos.makedirs(d + '/plots')\n"
        "os.makedirs(d + '/deep')\nopen(d + '/cancr.csv', 'w').close()\nopen(d + '/deep/x.bin', 'w').close()\n"
    )
    assert job.run(job.script(text)).code == 20
    failure = job.failure()
    assert failure["reason"] == "contract"
    assert "table (cancer.csv), plots (plots/)." in failure["message"]
    assert failure["message"].endswith("there is: cancr.csv, deep/x.bin")


def test_declared_outputs_that_are_there(job: Any) -> None:
    job.outputs = {"table": "cancer.csv"}
    text = "import os\nopen(os.environ['MLOPS_OUTPUT_DIR'] + '/cancer.csv', 'w').close()"
    assert job.run(job.script(text)).code == 0


def test_no_description_is_a_broken_contract(job: Any) -> None:
    finished = job.finish(job.start_as_is(job.script("pass"), environ={"SAGEMAKER_BASE_DIR": str(job.folder / "none")}))
    assert finished.code == 20
    assert "nothing describes this job" in finished.err


def test_an_interpreter_that_is_not_there(job: Any) -> None:
    job.description["python"] = "/nowhere/python3"
    assert job.run(job.script("pass")).code == 20
    assert "/nowhere/python3" in job.failure()["message"]


def test_a_stop_lets_the_script_save_its_checkpoint(job: Any) -> None:
    text = (
        "import os, signal, sys, time\nd = os.environ['MLOPS_CHECKPOINT_DIR']\n"
        "def stop(*_):\n    open(d + '/state', 'w').write('saved')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\nopen(d + '/ready', 'w').write('1')\ntime.sleep(60)\n"
    )
    process = job.start(job.script(text))
    wait_for(job.folder / "checkpoint/ready")
    process.send_signal(signal.SIGTERM)
    assert job.finish(process).code == 30
    assert (job.folder / "checkpoint/state").read_text() == "saved"
    assert (job.failure()["reason"], job.failure()["message"]) == ("stopped", "asked to stop by SIGTERM")


def test_a_script_that_will_not_stop_is_killed_with_its_children(job: Any) -> None:
    job.environ["MLOPS_STOP_GRACE"] = "0.3"
    text = (
        "import os, signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(os.environ['MLOPS_OUTPUT_DIR'] + '/pid', 'w').write(str(child.pid))\ntime.sleep(60)\n"
    )
    process = job.start(job.script(text))
    child = int(wait_for(job.folder / "output/pid"))
    process.send_signal(signal.SIGTERM)
    assert job.finish(process).code == 30
    assert job.failure()["signal"] == "SIGKILL"
    assert not alive(child)


def test_a_stopped_shell_waits_for_what_it_started(job: Any) -> None:
    (job.recipe / "work.py").write_text(
        "import os, signal, sys, time\nd = os.environ['MLOPS_CHECKPOINT_DIR']\n"
        "def stop(*_):\n    time.sleep(0.2)\n    open(d + '/state', 'w').write('saved')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\nopen(d + '/ready', 'w').write('1')\ntime.sleep(60)\n"
    )
    process = job.start(job.command("python3 work.py; echo after", extra=("work.py",)))
    wait_for(job.folder / "checkpoint/ready")
    process.send_signal(signal.SIGTERM)
    assert job.finish(process).code == 30
    assert (job.folder / "checkpoint/state").read_text() == "saved"


def test_what_a_script_leaves_running_is_ended(job: Any) -> None:
    text = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(os.environ['MLOPS_OUTPUT_DIR'] + '/pid', 'w').write(str(child.pid))\n"
    )
    assert job.run(job.script(text)).code == 0
    assert not alive(int((job.folder / "output/pid").read_text()))


def test_a_chatty_process_that_left_the_group_does_not_hold_the_job(job: Any) -> None:
    endless = "import sys, time\nend = time.monotonic() + 15\nwhile time.monotonic() < end: print('x' * 80, flush=True)"
    text = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {endless!r}], start_new_session=True)\n"
        "open(os.environ['MLOPS_OUTPUT_DIR'] + '/pid', 'w').write(str(child.pid))\n"
    )
    started = time.monotonic()
    process = job.start(job.script(text))
    while chunk := process.stdout.read1(1 << 20):
        if process.poll() is not None or not chunk:
            break
    with contextlib.suppress(ProcessLookupError):
        os.kill(int((job.folder / "output/pid").read_text()), signal.SIGKILL)
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - started < 10


def test_a_traceback_behind_a_long_progress_bar_is_found(job: Any) -> None:
    text = (
        "import sys\nfor i in range(3000): sys.stderr.write('\\r%4d|#####     | of 3000 steps done, still going' % i)\n"
        "raise ValueError('late')\n"
    )
    assert job.run(job.script(text)).code == 10
    failure = job.failure()
    assert (failure["error_type"], failure["message"]) == ("ValueError", "late")
    assert len(failure["log_tail"]) == 4


def test_a_failure_file_that_cannot_be_written_changes_no_exit_code(job: Any) -> None:
    (job.folder / "record").write_text("in the way")
    assert job.run(job.script("raise SystemExit(3)")).code == 10


def test_a_platforms_nonsense_is_a_broken_contract(job: Any, tmp_path: Path) -> None:
    (tmp_path / "ml/config").mkdir(parents=True)
    (tmp_path / "ml/config/processingjobconfig.json").write_text('{"ProcessingInputs": 7}')
    finished = job.finish(job.start_as_is(job.script("pass"), environ={"SAGEMAKER_BASE_DIR": str(tmp_path / "ml")}))
    assert finished.code == 20
    assert "TypeError" in finished.err
