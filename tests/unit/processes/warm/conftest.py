"""Scripts as jobs of the shim, run cold and warm, and what can be told of each run."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mlops_runtime
from mlops_cloud.bundle.archive import Entry, build_archive
from mlops_cloud.bundle.discovery import discover_files
from mlops_cloud.processes import Launch, launch, observe, read_log, start_note, stop, wait
from mlops_cloud.processes.warm.ending import servers, stop_servers
from mlops_cloud.processes.warm.kind import ServerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIM = Path(mlops_runtime.__file__).with_name("__main__.py")
_FOLDERS = ("model_dir", "output_dir", "checkpoint_dir", "work_dir")


@dataclass(frozen=True)
class Ran:
    """One ended job."""

    folder: Path
    start: str
    code: int | None
    cause: str
    log: str
    failure: Any
    metrics: list[tuple[str, float]]
    digests: str

    def told(self) -> tuple[object, ...]:
        """All that a cold and a warm run have to agree in; the job's own folder is called JOB."""
        return (self.code, self.cause, self.failure, self.metrics, self.digests)


class Bench:
    """Runs scripts, each in a folder of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.preload: tuple[str, ...] = ()
        self.idle_seconds = 600.0
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME")} | {"LANG": "C.UTF-8"}
        self.entry: tuple[str, str | list[str]] = ("script", "train.py")
        self.files: dict[str, str] = {}
        self.fields: dict[str, Any] = {}
        self.limits: dict[str, Any] = {}
        self.python = sys.executable

    def kind(self, **environment: str) -> ServerKind:
        """The kind of server that its jobs have."""
        return ServerKind(
            home=self.home,
            python=self.python,
            preload=self.preload,
            environment={**self.environment, **environment},
            idle_seconds=self.idle_seconds,
        )

    def start(self, script: str, *, warm: bool = True, **environment: str) -> Path:
        """The folder of a job that was started."""
        place = self.folder / f"job-{len(list(self.folder.iterdir()))}"
        archive, env = self._prepared(place, script), {**self.environment, **environment}
        own = {"TMPDIR": str(place), "MLOPS_JOB_FILE": str(place / "job.json"), "MLOPS_STOP_GRACE": "1"}
        order = Launch(
            argv=[sys.executable, "-I", "-S", str(SHIM), str(archive)],
            env={**own, **env},
            **{
                "cwd": place / "work_dir",
                "max_runtime_seconds": 60,
                "grace_seconds": 3,
                "passes_on": True,
                **self.limits,
            },
            warm=self.kind(**environment) if warm else "the test says so",
        )
        launch(place / "run", order)
        return place

    def run(self, script: str, *, warm: bool = True, **environment: str) -> Ran:
        """A job that has ended."""
        return self.ended(self.start(script, warm=warm, **environment))

    def both(self, script: str, **environment: str) -> Ran:
        """The warm one of two runs, which must not differ from the cold one."""
        cold, warm = (self.run(script, warm=warm, **environment) for warm in (False, True))
        assert warm.start == "warm"
        different = [pair for pair in zip_longest(warm.log.split("\n"), cold.log.split("\n")) if len({*pair}) > 1]
        assert different == []
        assert warm.told() == cold.told()
        return warm

    def ended(self, place: Path) -> Ran:
        """The job of the folder when it has ended."""
        run = place / "run"
        status = wait(run, 60)
        assert status.over
        log, failure, digests = (
            _plain(data.decode(errors="replace"), place)
            for data in (read_log(run)[0], _bytes(place / "record/failure.json"), _bytes(place / "record/outputs.json"))
        )
        rows = [json.loads(line) for line in _bytes(place / "record/metrics.jsonl").splitlines()]
        values = [(row["name"], row["value"]) for row in rows]
        told = json.loads(failure) if failure else None
        return Ran(place, start_note.read(str(run)), status.exit_code, status.cause, log, told, values, digests)

    def _prepared(self, place: Path, script: str) -> Path:
        for folder in ("src", *_FOLDERS):
            (place / folder).mkdir(parents=True)
        for name, text in {"train.py": script, **self.files}.items():
            (place / "src" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "src" / name).write_text(text)
        code = discover_files(place / "src", ("train.py", *self.files))
        description = {name: str(place / name) for name in _FOLDERS} | {
            "metrics_file": str(place / "record/metrics.jsonl"),
            "failure_file": str(place / "record/failure.json"),
            "python": self.python,
            **self.fields,
        }
        (place / "job.json").write_text(json.dumps(description))
        build_archive(Entry(*self.entry, {}), code, place / "job.zip")  # type: ignore[arg-type]
        return place / "job.zip"


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _plain(text: str, place: Path) -> str:
    known = text.replace(str(place), "JOB")
    return re.sub(r"(0x[0-9a-f]{6,})|(?<=TOKEN)(=|', ')[0-9a-f]{32}", "", known)


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """An interpreter with site-packages of its own, which are empty."""
    folder = tmp_path / "venv"
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    packages.mkdir(parents=True)
    base = Path(sys.executable).resolve()
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(base)
    return folder / "bin/python"


@pytest.fixture
def packages(interpreter: Path) -> Path:
    """The site-packages of that interpreter."""
    return next(interpreter.parents[1].glob("lib/*/site-packages"))


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Servers that tests share, as far as they want the same."""
    home = tmp_path_factory.mktemp("warm")
    home.chmod(0o700)
    yield home
    stop_servers(home)
    assert list(home.iterdir()) == []


@pytest.fixture
def bench(tmp_path: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Scripts on shared servers."""
    monkeypatch.setattr("mlops_cloud.processes.warm.beginning.MOST_SERVERS", 99)
    folder = tmp_path / "jobs"
    folder.mkdir()
    return Bench(folder, shared_home)


@pytest.fixture
def own_bench(tmp_path: Path) -> Iterator[Bench]:
    """Scripts on servers of this test's own."""
    folder, home = tmp_path / "jobs", tmp_path / "warm"
    folder.mkdir()
    home.mkdir(mode=0o700)
    yield Bench(folder, home)
    left = [job for job in folder.glob("*/run") if not observe(job).over]
    for job in left:
        stop(job, 0)
    stop_servers(home)
    assert (left, servers(home), list(home.iterdir())) == ([], [], [])
