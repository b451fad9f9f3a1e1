"""A job in a folder, run as a platform runs it: `python3 -I -S <archive>` with nothing but the standard library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.bundle.archive import Archive, Entry, build_archive
from mlops_cloud.bundle.discovery import discover, discover_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass
class Finished:
    code: int
    out: bytes
    err: str


class Job:
    """One job's files, its description, and ways to run it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recipe = folder / "recipe"
        self.recipe.mkdir()
        self.environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(folder)}
        self.outputs: dict[str, str] = {}
        names = ("model_dir", "output_dir", "checkpoint_dir", "work_dir")
        self.description: dict[str, Any] = {name: str(folder / name.removesuffix("_dir")) for name in names}
        self.description |= {
            "metrics_file": str(folder / "record/metrics.jsonl"),
            "failure_file": str(folder / "record/failure.json"),
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def script(self, text: str, name: str = "train.py") -> Archive:
        (self.recipe / name).write_text(text)
        code = discover(name, self.recipe)
        return build_archive(Entry("script", name, self.outputs), code, self.folder / "job.zip")

    def command(self, value: str | list[str], extra: tuple[str, ...] = ()) -> Archive:
        code = discover_files(self.recipe, extra)
        return build_archive(Entry("command", value, self.outputs), code, self.folder / "job.zip")

    def module(self, name: str) -> Archive:
        return build_archive(Entry("module", name, self.outputs), None, self.folder / "job.zip")

    def parameters(self, values: Mapping[str, object]) -> None:
        path = self.folder / "parameters.json"
        path.write_text(json.dumps(values))
        self.description["parameters_file"] = str(path)

    def start(self, archive: Archive, *arguments: str) -> subprocess.Popen[bytes]:
        path = self.folder / "job.json"
        path.write_text(json.dumps(self.description))
        return self.start_as_is(archive, *arguments, environ={"MLOPS_JOB_FILE": str(path)})

    def start_as_is(self, archive: Archive, *arguments: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(archive.path), *arguments],
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
        )
        self.started.append(process)
        return process

    def run(self, archive: Archive, *arguments: str) -> Finished:
        return self.finish(self.start(archive, *arguments))

    def finish(self, process: subprocess.Popen[bytes]) -> Finished:
        out, err = process.communicate(timeout=60)
        return Finished(process.returncode, out, err.decode())

    def failure(self) -> dict[str, Any]:
        return json.loads((self.folder / "record/failure.json").read_text())

    def metrics(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "record/metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    made = Job(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
