"""This computer as a provider: the families put together."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import mlops_runtime
from mlops_cloud.errors import ConflictError, UnsupportedError
from mlops_cloud.provider.base import Provider
from mlops_cloud.results.identity import Ref, Uri
from mlops_cloud.results.requests import Image
from mlops_cloud_local import interpreters
from mlops_cloud_local.addresses import Home
from mlops_cloud_local.capabilities import capabilities
from mlops_cloud_local.dataset_table import DatasetTable
from mlops_cloud_local.datasets import LocalDatasets
from mlops_cloud_local.interruptions import INTERRUPTIONS
from mlops_cloud_local.job_record import ref_of
from mlops_cloud_local.job_requests import Place, run_request
from mlops_cloud_local.job_table import JobTable
from mlops_cloud_local.jobs import LocalJobs
from mlops_cloud_local.machine import this_machine
from mlops_cloud_local.model_table import ModelTable
from mlops_cloud_local.models import LocalModels
from mlops_cloud_local.plugin import INFO
from mlops_cloud_local.satisfied import Satisfied
from mlops_cloud_local.storage import LocalStorage
from mlops_cloud_local.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlops_cloud.provider.base import ProviderSettings
    from mlops_cloud.provider.capabilities import Capabilities
    from mlops_cloud.results.endpoints import EndpointState
    from mlops_cloud.results.environments import BuiltEnvironment
    from mlops_cloud.results.requests import Finding, NativeRequest, Price, Refusal, RequestContext
    from mlops_cloud.specs.base import Spec
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.environment import Environment
    from mlops_cloud_local.interpreters import Interpreter

_WORTH_NAMING = ("numpy", "pandas", "scikit-learn", "scipy", "torch", "tensorflow", "xgboost", "lightgbm")


class LocalProvider(Provider):
    """Making one writes nothing and opens nothing."""

    info = INFO

    def __init__(self, settings: ProviderSettings) -> None:
        self._home = home = Home(Path(settings.home))
        self._machine = this_machine()
        self._secrets = cast("Mapping[str, str]", settings.fields.get("secrets") or {})
        grace = float(cast("float", settings.fields.get("stop_grace", 10.0)))
        interruptions = tuple(cast("Sequence[float]", settings.fields.get("spot_interruptions", INTERRUPTIONS)))
        shim = str(Path(mlops_runtime.__file__).with_name("__main__.py"))
        self._place = Place(
            str(home.jobs),
            sys.executable,
            shim,
            dict(os.environ),
            self._machine.memory,
            grace,
            interruptions,
            only_loopback=settings.fields.get("network") == "loopback",
        )
        self._tables = Tables(home)
        self._job_table = JobTable(self._tables)
        self._satisfied = Satisfied(home.satisfied)
        self._pythons: set[Interpreter] = set()
        self.storage = storage = LocalStorage(home)
        self.datasets = self._datasets = LocalDatasets(storage, DatasetTable(self._tables))
        self.models = self._models = LocalModels(storage, ModelTable(self._tables))
        warm_start = bool(settings.fields.get("warm_start", True))
        self.jobs = self._jobs = LocalJobs(
            home, self._job_table, self._place, self._secrets, self._satisfied, warm_start=warm_start
        )

    @cached_property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # nobody sets it
        """What this computer can do, and how it limits a job's memory."""
        from mlops_cloud.processes import memory_mode

        return capabilities(memory_mode())

    def requests(self, wanted: Spec | EndpointState, context: RequestContext) -> list[NativeRequest]:
        """What starts a job; nothing is sent for anything else."""
        from mlops_cloud.specs.job import JobSpec

        return [run_request(wanted, context, self._place)] if isinstance(wanted, JobSpec) else []

    def check(self, spec: Spec) -> list[Refusal]:
        """What of a job cannot be had on this computer."""
        from mlops_cloud.specs.job import JobSpec
        from mlops_cloud_local import refusals, secret_values

        if not isinstance(spec, JobSpec):
            return []
        return [
            *refusals.of_compute(spec.compute, self._machine),
            *refusals.of_environment(spec.environment, self._machine),
            *refusals.of_secrets(spec.secrets, secret_values.available(self._secrets)),
            *refusals.of_native(spec.native),
        ]

    def image(self, environment: Environment, role: str) -> Image:  # noqa: ARG002 - one interpreter serves them all
        """This interpreter, or that of another version, and what it has of the requirements."""
        from mlops_cloud_local import packages

        python = self._interpreter(environment)
        there = packages.versions(python)
        has = tuple(f"{name}=={there[name]}" for name in _WORTH_NAMING if name in there)
        lines = tuple(environment.requirements)
        lock = self._satisfied.by(python, lines) if lines else packages.everything(python)
        return Image(python.path, python.minor, has, lock=lock)

    def price(self, compute: Compute) -> Price | None:  # noqa: ARG002 - whatever it is
        """None: your own computer has no price."""
        return None

    def fingerprint(self, environment: Environment) -> str:
        """The interpreter and the machine."""
        return self._interpreter(environment).fingerprint()

    def environments(self) -> Iterator[BuiltEnvironment]:
        """Those that jobs of this home share."""
        from mlops_cloud_local.environments import Environments

        return Environments(self._home).list()

    def drop_environment(self, lock: str) -> None:
        """Remove the environments of a lock; ConflictError while a job runs in one."""
        from mlops_cloud_local.environments import Environments

        for built in self.environments():
            if lock.startswith(built.lock):
                self._require_unused(built.place)
        Environments(self._home).delete(lock)

    def diagnose(self) -> Iterator[Finding]:
        """What works on this computer and what does not."""
        from mlops_cloud_local.diagnosis import findings

        return findings(self._home, self._machine)

    def owned(self) -> Iterator[Ref]:
        """Jobs, datasets and models of this home."""
        yield from self._jobs.list()
        for dataset in self._datasets.list():
            yield Ref("datasets", "dataset", dataset.name, f"{dataset.name}/{dataset.version}")
        for model in self._models.list():
            yield Ref("models", "model", model.name, f"{model.name}/{model.version}")

    def watched(self, places: Sequence[Uri]) -> Sequence[str] | None:
        """The database with its log, what is installed, and every file and folder of the places."""
        paths = [str(self._home.path(place)) for place in places]
        below = (entry for path in paths for parent, *names in os.walk(path) for entry in _joined(parent, names))
        sites = (folder for python in self._pythons for folder in python.site_folders)
        return [str(self._home.database), f"{self._home.database}-wal", *sites, *paths, *below]

    def close(self) -> None:
        """Close the database; jobs go on."""
        self._tables.close()

    def _require_unused(self, environment: str) -> None:
        rows = (row for row in self._job_table.newest(0.0) if row.request["python"].startswith(f"{environment}/"))
        for row in rows:
            if not self._jobs.get(ref_of(row)).status.ended:
                raise ConflictError(f"job {row.name} runs in {environment}", fix="cancel it and wait for its end first")

    def _interpreter(self, environment: Environment) -> Interpreter:
        python = interpreters.found(environment.python)
        if python is None:
            raise UnsupportedError(
                f"there is no Python {environment.python} on this computer",
                fix=f"environment.python: {' or '.join(interpreters.versions())}",
            )
        self._pythons.add(python)
        return python


def _joined(parent: str, names: Iterable[Sequence[str]]) -> Iterator[str]:
    return (f"{parent}{os.sep}{name}" for some in names for name in some)


def create(settings: ProviderSettings) -> LocalProvider:
    """The provider of one profile."""
    return LocalProvider(settings)
