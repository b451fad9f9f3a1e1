"""The cloud's jobs: real processes that start from the archive."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud_stub.faults import CloudError, strict

if TYPE_CHECKING:
    from mlops_cloud_stub.cloud import Cloud

_FIELDS: dict[str, type] = {
    "title": str, "archive": str, "packages": list, "inputs": dict, "outputs": dict, "parameters": dict, "env": dict,
    "secrets": list, "checkpoint": str, "timeout": float, "machine": str,
}  # fmt: skip
MACHINES = ("small", "large")
_LONGEST_TITLE = 40
_PAGE = 16 * 1024


@dataclass
class Running:
    """One job as the cloud keeps it."""

    id: str
    body: dict[str, Any]
    folder: Path
    created: float
    process: subprocess.Popen[bytes]
    state: str = "running"
    stopped_by: str = ""
    ended: float | None = None
    record: dict[str, Any] = field(default_factory=dict)


class JobServer:
    """Runs what a request describes; titles need not be unique."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._jobs: dict[str, Running] = {}

    def run(self, body: dict[str, Any]) -> str:
        """Start a process and answer with the id of the new job."""
        strict(body, _FIELDS)
        if len(body["title"]) > _LONGEST_TITLE or body["machine"] not in MACHINES:
            raise CloudError("Invalid", f"title {body['title']!r} or machine {body['machine']!r}")
        with self._cloud.lock:
            self._cloud.receive("jobs.run", body)
            native_id = self._cloud.new_id("j")
            folder = self._cloud.folder / "machines" / native_id
            environment = self._laid_out(body, folder)
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(folder / "job.zip")],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=folder,
                    start_new_session=True,
                )  # fmt: skip
            self._jobs[native_id] = Running(native_id, body, folder, self._cloud.now(), process)
            return native_id

    def describe(self, native_id: str) -> Running:
        """The job as it is now."""
        with self._cloud.lock:
            job = self._known(native_id)
            late = self._cloud.now() - job.created > job.body["timeout"]
            if job.state == "running" and late and not job.stopped_by:
                self._stop(job, "timeout")
            if job.state == "running" and job.process.poll() is not None:
                self._finish(job)
            return job

    def all(self) -> list[Running]:
        """All jobs, oldest first."""
        with self._cloud.lock:
            return [self.describe(native_id) for native_id in self._jobs]

    def metrics(self, native_id: str) -> list[dict[str, Any]]:
        """What the job has measured so far."""
        path = self._known(native_id).folder / "record/metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def log(self, native_id: str, offset: int) -> tuple[bytes, bool]:
        """Some bytes of the log, whole lines while the job runs, and whether that was all."""
        ended = self.describe(native_id).state != "running"
        with (self._known(native_id).folder / "log").open("rb") as log:
            log.seek(offset)
            data = log.read(_PAGE)
            last = ended and not log.read(1)
        whole = data if last else data[: data.rfind(b"\n") + 1]
        return whole, last

    def stop(self, native_id: str) -> None:
        """Ask a job to stop; one that has ended is left alone."""
        with self._cloud.lock:
            job = self.describe(native_id)
            if job.state == "running" and not job.stopped_by:
                self._stop(job, "caller")

    def delete(self, native_id: str) -> None:
        """Forget an ended job."""
        with self._cloud.lock:
            if self.describe(native_id).state == "running":
                raise CloudError("InUse", f"job {native_id} is running")
            shutil.rmtree(self._jobs.pop(native_id).folder)

    def close(self) -> None:
        """Kill what still runs."""
        for job in self._jobs.values():
            if job.process.poll() is None:
                self._stop(job, "caller")
                job.process.wait(20)

    def _known(self, native_id: str) -> Running:
        if native_id not in self._jobs:
            raise CloudError("NotFound", f"no job {native_id}")
        return self._jobs[native_id]

    def _stop(self, job: Running, by: str) -> None:
        job.stopped_by = by
        job.process.send_signal(signal.SIGTERM)

    def _laid_out(self, body: dict[str, Any], folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True)
        shutil.copyfile(self._existing(body["archive"]), folder / "job.zip")
        packages = [str(shutil.copyfile(self._existing(uri), folder / f"package-{n}.zip"))
                    for n, uri in enumerate(body["packages"])]  # fmt: skip
        inputs = {name: str(self._fetched(uri, folder / "input" / name)) for name, uri in body["inputs"].items()}
        secrets = {name: f"file:{self._unlocked(name, folder)}" for name in body["secrets"]}
        if body["checkpoint"] and self._cloud.path(body["checkpoint"]).exists():
            self._fetched(body["checkpoint"], folder / "checkpoint")
        (folder / "parameters.json").write_text(json.dumps(body["parameters"]))
        places = {part: str(folder / part) for part in ("model", "output", "checkpoint", "work")}
        job = {
            **{f"{part}_dir": path for part, path in places.items()},
            "metrics_file": str(folder / "record/metrics.jsonl"),
            "failure_file": str(folder / "record/failure.json"),
            "parameters_file": str(folder / "parameters.json"),
            "inputs": inputs, "secrets": secrets, "packages": packages,
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job))
        host = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MLOPS_STOP_GRACE": "3"}
        return {**host, **body["env"], "MLOPS_JOB_FILE": str(folder / "job.json")}

    def _existing(self, uri: str) -> Path:
        path = self._cloud.path(uri)
        if not path.exists():
            raise CloudError("NotFound", f"nothing at {uri}")
        return path

    def _fetched(self, uri: str, target: Path) -> Path:
        source = self._existing(uri)
        if source.is_dir():
            return Path(shutil.copytree(source, target, copy_function=shutil.copyfile))
        target.mkdir(parents=True)
        return Path(shutil.copyfile(source, target / source.name))

    def _unlocked(self, name: str, folder: Path) -> Path:
        if name not in self._cloud.vault:
            raise CloudError("NotFound", f"no secret {name}")
        path = folder / f"secret-{name}"
        path.write_text(self._cloud.vault[name])
        return path

    def _finish(self, job: Running) -> None:
        job.ended = self._cloud.now()
        for secret in job.folder.glob("secret-*"):
            secret.unlink()
        record = job.folder / "record/failure.json"
        if record.exists():
            job.record = json.loads(record.read_text())
        if job.process.returncode == 0:
            kept = self._cloud.bucket / "jobs" / job.id
            for part in ("model", "output", "checkpoint", "record"):
                shutil.copytree(job.folder / part, kept / part)
            job.state = "done"
        else:
            if job.body["checkpoint"]:
                kept = self._cloud.path(job.body["checkpoint"])
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(job.folder / "checkpoint", kept)
            job.state = "stopped" if job.stopped_by == "caller" else "failed"
