from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.durable.locks import exclusive
from mlops_cloud.errors import ConflictError, MlopsCloudError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from mlops_cloud.durable.locks import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_holder_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, path, "run recipe.yaml"], stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"held\n"
        with (
            pytest.raises(ConflictError, match=rf"process {child.pid} \(.*run recipe\.yaml.*\) holds it"),
            exclusive(path),
        ):
            pass
        child.send_signal(signal.SIGKILL)
    with exclusive(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_waiting_ends_when_the_lock_is_free_or_the_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with exclusive(path):
        started = time.monotonic()
        with pytest.raises(ConflictError, match=r"after waiting 0\.1 s"), exclusive(path, timeout=0.1):
            pass
        assert 0.1 <= time.monotonic() - started < 2
    with exclusive(path, timeout=0.1), pytest.raises(ConflictError), exclusive(path):
        pass


COUNTER = """
import sys
from pathlib import Path
from mlops_cloud.durable.locks import exclusive
counter = Path(sys.argv[1])
for _ in range(50):
    with exclusive(counter.with_suffix(".lock"), timeout=30):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


def test_processes_that_take_turns_lose_nothing(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    children = [subprocess.Popen([sys.executable, "-c", COUNTER, counter]) for _ in range(4)]
    assert [child.wait(60) for child in children] == [0] * 4
    assert counter.read_text() == "200"


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="missing"), exclusive(tmp_path / "missing" / "a.lock"):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MlopsCloudError, match="link"), exclusive(tmp_path / "link"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_child_does_not_keep_its_parents_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with exclusive(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        with exclusive(path):
            assert path.read_text().startswith(str(os.getpid()))
    finally:
        child.communicate(b"\n")
