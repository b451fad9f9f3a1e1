"""From a job's row to a running process: prepared aside, shown whole, launched once."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import make_private_folder
from mlops_cloud.durable.locks import exclusive
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import CorruptStateError, JobFailedError
from mlops_cloud.processes import Launch, launch, observe
from mlops_cloud.processes.status import LAUNCH
from mlops_cloud.results.identity import Uri
from mlops_cloud_local.carried import Carried
from mlops_cloud_local.environments import Environments
from mlops_cloud_local.job_checkpoint import Checkpoints
from mlops_cloud_local.job_files import JobFiles
from mlops_cloud_local.lending import Lending
from mlops_cloud_local.secret_values import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.job_table import JobRow
    from mlops_cloud_local.job_warmth import Warmth

_PATIENCE = 600.0  # seconds: copying large inputs from another disk takes as long as it takes


class Starter:
    """Starts jobs; a start that was cut short anywhere is finished by the next."""

    def __init__(self, home: Home, secrets: Mapping[str, str], warmth: Warmth) -> None:
        self._home = home
        self.warmth = warmth
        self._secrets = secrets
        self.lending = Lending(home.lent)
        self.environments = Environments(home)
        self.checkpoints = Checkpoints(home)
        self._carried = Carried(home.carried)

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Nobody else asks for, prepares, settles or removes the job of this key."""
        make_private_folder(self._home.locks)
        with exclusive(self._home.locks / f"job-{key[:2]}", _PATIENCE):
            yield

    def check_secrets(self, names: Iterable[str]) -> None:
        """Refuse a job whose secrets are not there, before it has a row."""
        resolved(names, self._secrets)

    def needed(self, row: JobRow) -> bool:
        """Whether the job was asked for and never began."""
        files = self.files(row)
        return row.state == "wanted" and (not files.launched or _died_before_start(files))

    def start(self, row: JobRow) -> None:
        """Start the job unless it was started before; the caller holds the lock."""
        if not self.needed(row):
            return
        self.environments.ensure(row.request)
        values = resolved(row.request["secrets"], self._secrets)
        files = self.files(row)
        if not files.folder.exists():
            self._prepare(row)
        (files.folder / LAUNCH).unlink(missing_ok=True)
        try:
            launch(files.folder, _launch(row, files, values, self.warmth))
        except JobFailedError:
            return  # the job's own record says so

    def get_ready(self, request: Mapping[str, Any]) -> None:
        """Do what a job of such a request will need and the next one need not do again."""
        self._unpacked(request)
        self.warmth.await_server(request)

    def files(self, row: JobRow) -> JobFiles:
        """The job's folder."""
        return JobFiles(self._home.jobs / row.name)

    def aside(self, row: JobRow) -> Path:
        """Where the job's folder is prepared."""
        return self._home.jobs / f".new-{row.name}"

    def _prepare(self, row: JobRow) -> None:
        make_private_folder(self._home.jobs)
        aside = self.aside(row)
        remove_tree(aside, self._home.jobs)
        new = JobFiles(aside)
        make_private_folder(aside)
        for folder in (new.archive.parent, new.inputs, new.output, new.model, new.checkpoint, new.record):
            folder.mkdir(mode=0o700)
        for folder in (new.work, new.temporary):
            folder.mkdir(mode=0o700)
        self.checkpoints.bring(row.request["checkpoint"], new.checkpoint)
        self._lend(row, new)
        new.parameters.write_text(json.dumps(row.request["parameters"], ensure_ascii=False, indent=1), encoding="utf-8")
        description = _description(row, self.files(row), self._unpacked(row.request))
        new.description.write_text(json.dumps(description, indent=1), encoding="utf-8")
        for file in (new.parameters, new.description, new.loans):
            file.chmod(0o600)
        aside.rename(self.files(row).folder)

    def _unpacked(self, request: Mapping[str, Any]) -> list[str]:
        return [str(self._carried.unpacked(self._home.path(Uri(uri)))) for uri in request["packages"]]

    def _lend(self, row: JobRow, new: JobFiles) -> None:
        request = row.request
        pairs: list[tuple[Path, Path]] = []
        for name, uri in request["inputs"].items():
            pairs += self.lending.lend(self._home.path(Uri(uri)), new.inputs / name)
        pairs.append(self.lending.lend_file(self._home.path(Uri(request["code"])), new.archive))
        loans = self.lending.loans(pairs, new.folder)
        new.loans.write_text(json.dumps([asdict(loan) for loan in loans]), encoding="utf-8")


def _died_before_start(files: JobFiles) -> bool:
    try:
        status = observe(files.folder)
    except CorruptStateError:  # after a power loss: it did run
        return False
    return status.state == "lost" and status.supervisor is None


def _launch(row: JobRow, files: JobFiles, secrets: Mapping[str, str], warmth: Warmth) -> Launch:
    limits = row.request["limits"]
    environment = {**row.request["environment"], **secrets}
    return Launch(
        argv=row.request["argv"],
        cwd=files.work,
        env=environment,
        max_runtime_seconds=limits["max_runtime_seconds"],
        memory_bytes=int(limits["memory_bytes"]),
        interrupt_after_seconds=limits.get("interrupt_after_seconds"),
        grace_seconds=limits["grace_seconds"],
        passes_on=True,  # the shim tells the script
        warm=warmth.of(row.request, environment),
    )


def _description(row: JobRow, files: JobFiles, packages: list[str]) -> dict[str, object]:
    """The shim's job.json."""
    inputs = {name: str(files.inputs / name) for name in row.request["inputs"]}
    return {
        "inputs": inputs,
        "model_dir": str(files.model),
        "output_dir": str(files.output),
        "checkpoint_dir": str(files.checkpoint),
        "metrics_file": str(files.metrics),
        "failure_file": str(files.failure),
        "work_dir": str(files.work),
        "parameters_file": str(files.parameters),
        "python": row.request["python"],
        "packages": packages,
        "secrets": {name: f"env:{name}" for name in row.request["secrets"]},
    }
