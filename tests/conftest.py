"""What holds for every test: a home of its own, no network but loopback, nothing left behind."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.testing.network import only_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.register_assert_rewrite("mlops_cloud.testing.conformance")

GOLDEN = Path(__file__).parent / "golden"
SKLEARN_LIMIT = 60
"""Tests whose jobs import scikit-learn (about a second each)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"uses_sklearn: its jobs import scikit-learn; at most {SKLEARN_LIMIT} tests may")
    stack = ExitStack()
    stack.enter_context(only_loopback())
    config.add_cleanup(stack.close)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    users = [item.nodeid for item in items if item.get_closest_marker("uses_sklearn")]
    if len(users) > SKLEARN_LIMIT:
        message = f"{len(users)} tests run scikit-learn in a job, {SKLEARN_LIMIT} may: {', '.join(users[:5])} …"
        raise pytest.UsageError(message)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything kept on this computer lies in a folder of this one test."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("MLOPS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLOPS_CLOUD_HOME", str(home))
    monkeypatch.setenv("MLOPS_CLOUD_WARM_START", "off")  # tests of warm starts take it away, and stop their servers
    return home


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Compare a JSON document with tests/golden/<name>; `--update-golden` writes it instead."""

    def compare(name: str, document: object) -> None:
        path = GOLDEN / name
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run with --update-golden and read what it wrote"
        assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))
        assert text == path.read_text(encoding="utf-8"), "the same document, written in another order"

    return compare


@pytest.fixture(scope="session", autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After the last test: no process of ours runs on, and nobody has written into what passes for the user's home."""
    home = tmp_path_factory.mktemp("users-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            patch.delenv(name)
        yield
    written = [str(path) for path in home.rglob("*") if "mlops" in path.name.lower()]
    base = str(tmp_path_factory.getbasetemp())
    end = time.monotonic() + 5
    while (left := _processes_below(base)) and time.monotonic() < end:
        time.sleep(0.05)
    assert (left, written) == ([], []), "processes left behind, or files outside own_home"


def _processes_below(folder: str) -> list[str]:
    """Processes, detached ones too, that name the folder in their arguments, environment or working folder."""
    import psutil

    # The run itself may name the folder too (--basetemp), and so may whoever started it.
    run = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            about = [*command, process.cwd(), *process.environ().values()]
        except (psutil.Error, OSError):
            continue
        if process.pid not in run and command and any(folder in text for text in about):
            found.append(f"{process.pid} {' '.join(command)[:200]}")
    return found
