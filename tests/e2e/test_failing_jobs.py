"""A job that fails: exit 1, its cause, its last lines, a complete record, no partial output, no child."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from mlops_cloud.cli.main import answer

RECIPE = """\
recipe: fall
steps:
  make:
    kind: processing
    script: make.py
    outputs: {{table: t.csv}}
    compute: {{memory: 128Mi, max_runtime: {limit}}}
"""
HALF = (
    "import os\nfrom pathlib import Path\nout = Path(os.environ['MLOPS_OUTPUT_DIR'], 't.csv')\nout.write_text('half')\n"
)
CASES = {
    "raises": ("raise ValueError('no luck')", "no luck"),
    "exits 3": ("raise SystemExit(3)", "3"),
    "is killed": ("import signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "eats its memory": ("held = []\nwhile True: held.append(bytearray(8 << 20))", "memory"),
    "never ends": ("import time\ntime.sleep(60)", "1s"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "fall"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _run(folder: Path, script: str, limit: str = "60s") -> int:
    (folder / "make.py").write_text(script)
    (folder / "recipe.yaml").write_text(RECIPE.format(limit=limit))
    return answer(["run", "recipe.yaml", "-o", "json"])


@pytest.mark.parametrize("case", CASES)
def test_a_failure_is_told_whole(folder: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    script, word = CASES[case]
    limit = "1s" if case == "never ends" else "60s"
    assert _run(folder, f"{HALF}print('the last line', flush=True)\n{script}\n", limit) == 1
    out, err = capsys.readouterr()
    assert word in err
    assert "the last line" in err
    assert json.loads(out)["status"] == "failed"
    assert answer(["jobs", "list", "-o", "json"]) == 0
    (job,) = json.loads(capsys.readouterr().out)
    assert job["status"] == "failed"
    assert job["ended"] >= job["started"]
    assert job["outputs"] == {}
    assert job["failure"]["log_tail"]


def test_100_megabytes_of_output_are_whole_on_disk_and_capped_at_the_terminal(
    folder: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "x" * 1023
    assert _run(folder, f"{HALF}import sys\nfor _ in range(102400): sys.stdout.write('{line}\\n')\n") == 0
    out, err = capsys.readouterr()
    assert len(out) + len(err) < 10_000
    (log,) = (own_home / "local" / "jobs").glob("*/log")
    assert log.stat().st_size == 102400 * 1024


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_job_that_fills_the_disk(folder: Path, tmp_path: Path) -> None:
    (folder / "make.py").write_text(f"{HALF}out.write_bytes(b'x' * (64 << 20))\n")
    (folder / "recipe.yaml").write_text(RECIPE.format(limit="60s"))
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o size=24m tmpfs {disk} || exit 77; export MLOPS_CLOUD_HOME={disk}/home; "
        "python -m mlops_cloud run recipe.yaml -o json; code=$?; "
        "python -m mlops_cloud jobs list -o json > jobs.json; umount -l {disk}; exit $code"
    ).replace("{disk}", str(disk))
    python = Path(os.sys.executable).parent  # type: ignore[attr-defined]
    environ = {**os.environ, "PATH": f"{python}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no small disk can be mounted here")
    assert done.returncode == 1, done.stderr
    assert "its disk was full" in done.stderr
    (job,) = json.loads((folder / "jobs.json").read_text())
    assert (job["status"], job["failure"]["cause"], job["outputs"]) == ("failed", "disk", {})
