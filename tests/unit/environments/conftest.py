"""Tiny wheels in a folder that pip is told to look in, and in no index; a project that asks for them."""

from __future__ import annotations

import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Index:
    """A folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(
        self, name: str, version: str, requires: Sequence[str] = (), text: str = "", tag: str = "py3-none-any"
    ) -> Path:
        """A wheel with one module of the same name."""
        path = self.folder / f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
        files = {
            f"{name}/__init__.py": text or f"VERSION = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(path, "w") as wheel:
            for file, content in files.items():
                wheel.writestr(file, content)
        return path

    def empty(self) -> None:
        """Take everything away: from now on nobody can fetch anything."""
        for path in self.folder.iterdir():
            path.unlink()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    made = Index(tmp_path / "index")
    made.add("wheelbase", "1.0")
    made.add("wheelbase", "2.0")
    made.add("wheeltop", "1.0", ["wheelbase<2"])
    made.add("wheelnew", "1.0", ["wheelbase>=2"])
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.folder))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return made


class Asked:
    """Requests that a server on loopback was sent; it has nothing to give."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.paths: list[str] = []


@pytest.fixture
def server() -> Iterator[Asked]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as opened:
        asked = Asked(f"http://127.0.0.1:{opened.server_port}/simple")
        thread = Thread(target=opened.serve_forever, args=(0.01,))
        thread.start()
        yield asked
        opened.shutdown()
        thread.join()


class Project:
    """A folder whose script tells what it imports; each call is a process's worth of memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        folder.mkdir()

    def job(
        self, requirements: Any, script: str = "import wheeltop, wheelbase\nprint(wheelbase.VERSION)\n", **given: Any
    ) -> mc.ProcessingJob:
        (self.folder / "script.py").write_text(script)
        environment = {"requirements": requirements, **given.pop("environment", {})}
        return mc.ProcessingJob(name="job", script="script.py", environment=environment, **given)

    def cloud(self, **given: Any) -> mc.Client:
        return mc.connect("local", project="shop", folder=self.folder, listener=self._listen, **given)

    def run(self, spec: mc.ProcessingJob) -> Any:
        """The job that has ended well, its record and its lines."""
        self.told.clear()
        with self.cloud() as cloud:
            submitted = cloud.processing.submit(spec, folder=self.folder)
            submitted.wait(60)
            from mlops_cloud.services.job_records import describe

            return describe(cloud.session, submitted.name), list(submitted.logs()), submitted

    def _listen(self, event: Any) -> None:
        if event.kind in ("environment", "advice"):
            self.told.append(event.text)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")
