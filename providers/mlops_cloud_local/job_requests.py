"""A job's spec as the request that starts it here: pure, and exactly what is started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.requests import NativeRequest
from mlops_cloud_local.addresses import ENVIRONMENTS
from mlops_cloud_local.interruptions import INTERRUPTIONS, interruption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.job import JobSpec

_HOST_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "TZ", "LANG")
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
SUPERVISOR_PATIENCE = 2.0
"""Seconds: the shim ends the script at the end of the grace, and then needs to say so."""


@dataclass(frozen=True, slots=True)
class Place:
    """What this computer adds to every request."""

    jobs: str
    """Folder of all job folders."""
    python: str
    """Absolute path of the interpreter."""
    shim: str
    """Absolute path of the installed shim: the same as in the archive, and compiled already."""
    host: Mapping[str, str]
    """The environment that a few variables are taken from."""
    memory: int
    """Bytes that this computer has."""
    stop_grace: float = 10.0
    """Seconds."""
    interruptions: tuple[float, ...] = INTERRUPTIONS
    """Seconds after which the first, the second, … attempt at a job on spot machines is interrupted."""
    only_loopback: bool = False
    """Jobs may reach this computer only."""


def run_request(spec: JobSpec, context: RequestContext, place: Place) -> NativeRequest:
    """The one request of a training or processing job."""
    name = context.key.name()
    folder = f"{place.jobs}/{name}"
    python, interpreter = _pythons(spec, context, place)
    body: dict[str, Any] = {
        "name": name,
        "kind": context.key.kind,
        "argv": [place.python, "-I", "-S", place.shim, f"{folder}/code/job.zip"],
        "folder": folder,
        "environment": _environment(spec, place, folder),
        "secrets": list(spec.secrets),
        "limits": _limits(spec.compute, place) | interruption(spec.compute, context.attempt, place.interruptions),
        "code": context.code,
        "packages": list(context.packages),
        "imports": list(context.imports),
        "python": python,
        "interpreter": interpreter,
        "wheels": context.wheels,
        "checkpoint": context.checkpoint,
        "inputs": dict(context.inputs),
        "outputs": dict(spec.outputs),
        "parameters": _plain(spec.parameters),
        "labels": {**context.tags, "mlops-cloud-project": context.project, "mlops-cloud-key": context.key.digest},
    }
    return NativeRequest("local", "run", _merged(body, spec.native.get("local", {})))


def _pythons(spec: JobSpec, context: RequestContext, place: Place) -> tuple[str, str]:
    """The script's interpreter, and the one that an environment with the wheels is made of."""
    if not context.wheels and not spec.environment.python:
        return place.python, place.python
    from mlops_cloud_local import environments, interpreters

    python = interpreters.found(spec.environment.python) or interpreters.this_one()
    if not context.wheels:
        return python.path, python.path
    folder = f"{place.jobs.rpartition('/')[0]}/{ENVIRONMENTS}/{environments.folder_name(context.wheels, python)}"
    return f"{folder}/bin/python", python.path


def _environment(spec: JobSpec, place: Place, folder: str) -> dict[str, str]:
    found = {name: value for name, value in place.host.items() if name in _HOST_VARIABLES or name.startswith("LC_")}
    if "cpu" in spec.compute.model_fields_set:
        found.update(dict.fromkeys(_THREAD_VARIABLES, str(max(1, int(spec.compute.cpu)))))
    found["TMPDIR"] = f"{folder}/tmp"  # noqa: S108 - the job's own
    found.update(spec.env)
    if place.only_loopback:
        found.update(_watched(found.get("PYTHONPATH"), f"{folder}/network.txt"))
    found["MLOPS_JOB_FILE"] = f"{folder}/job.json"
    found["MLOPS_STOP_GRACE"] = f"{place.stop_grace:g}"
    return dict(sorted(found.items()))


def _watched(search: str | None, record: str) -> dict[str, str]:
    from mlops_cloud.processes.loopback import FOLDER
    from mlops_cloud.processes.loopback.mlops_loopback import RECORD

    return {"PYTHONPATH": os.pathsep.join(filter(None, (FOLDER, search))), RECORD: record}


def _limits(compute: Compute, place: Place) -> dict[str, float]:
    return {
        "max_runtime_seconds": compute.max_runtime,
        "memory_bytes": min(compute.memory, place.memory),
        "grace_seconds": place.stop_grace + SUPERVISOR_PATIENCE,
    }


def _plain(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}


def _merged(body: dict[str, Any], native: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: {**body.get(name, {}), **fields} for name, fields in native.items()}
    return {**body, **changed}
