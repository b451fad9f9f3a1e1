"""A folder for each job, and the check after each test that nothing of any job is left."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.processes import Launch, launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _processes_mentioning(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(text) in command + environment and int(folder.name) != os.getpid():
            found.append(f"{folder.name}: {command!r}")
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path) -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    deadline = time.monotonic() + 5
    while (left := _processes_mentioning(str(tmp_path))) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert left == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.rglob("status.running")) == []


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Path]:
    """Launch a command, or Python source, with given limits; returns its folder."""

    def started(*argv: str, python: str = "", env: dict[str, str] | None = None, **limits: float | None) -> Path:
        folder = tmp_path / f"job-{len(list(tmp_path.iterdir()))}"
        command = [sys.executable, "-I", "-S", "-c", python] if python else list(argv)
        environment = {"PATH": os.defpath, "TEST": str(tmp_path), **(env or {})}
        limits = {"max_runtime_seconds": 30, "grace_seconds": 5, **limits}
        launch(folder, Launch(argv=command, cwd=tmp_path, env=environment, **limits))
        return folder

    return started


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true, ten seconds at most."""

    def check(true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline, "it never became true"
            time.sleep(0.002)

    return check
