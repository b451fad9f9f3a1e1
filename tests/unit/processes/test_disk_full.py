"""A job that fills the disk still ends with a complete record; a full disk refuses the next job."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

IN_OWN_MOUNT = ["unshare", "--map-root-user", "--mount"]

FILL = """
import json, subprocess, sys
from pathlib import Path
from mlops_cloud.errors import QuotaExceededError
from mlops_cloud.processes import Launch, launch, wait
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
env = {"PATH": "/bin:/usr/bin", "TMPDIR": str(disk)}
def job(name, command):
    launch(disk / name, Launch(argv=["sh", "-c", command], cwd=disk, env=env, max_runtime_seconds=20))
    return wait(disk / name, 20)
small = job("small", "exit 4")
full = job("full", "head -c 4000000 /dev/zero > big || exit 5")
record = json.loads((disk / "full" / "status.json").read_bytes())
try:
    job("refused", "true")
except QuotaExceededError as error:
    refused = str(error.what)
left = sorted(path.name for path in disk.iterdir())
print(json.dumps([small.cause, full.cause, full.exit_code, record["state"], refused, left]))
"""


@pytest.fixture(autouse=True)
def _needs_a_mount() -> None:
    try:
        subprocess.run([*IN_OWN_MOUNT, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        pytest.skip(f"no file system can be mounted here: {exc}")


def test_record_is_complete_when_the_job_filled_the_disk(tmp_path: Path) -> None:
    command = [*IN_OWN_MOUNT, sys.executable, "-c", FILL, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    small, cause, code, state, refused, left = json.loads(told.stdout)
    assert (small, cause, code, state) == ("exited", "disk_full", 5, "exited")
    assert refused.startswith("no space left for the records of a job in ")
    assert left == ["big", "full", "refused", "small"]
