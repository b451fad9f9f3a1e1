"""The job as our own job.json describes it: local runs and emulators.

model_dir, output_dir, checkpoint_dir    folders, made when absent
work_dir                                 folder for the code, which is the script's working folder
metrics_file, failure_file               written when there is something to say
inputs            {name: folder or file}            optional, like all below
parameters_file   a JSON object
python            the script's interpreter; default: the shim's
wheels            a folder of wheels, installed into a folder of the job's own before the script starts
packages          archives or folders for PYTHONPATH, in this order
arguments         further arguments of the script, after the parameters
secrets           {NAME: "env:OTHER" or "file:/path"}
"""

from __future__ import annotations

import json

from mlops_runtime.context import BadContractError, Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping

_REQUIRED = ("model_dir", "output_dir", "checkpoint_dir", "metrics_file", "failure_file", "work_dir")
_TEXTS = (*_REQUIRED, "parameters_file", "python", "wheels")
_TABLES = ("inputs", "secrets")
_LISTS = ("packages", "arguments")


def context(environ: Mapping[str, str]) -> Context:
    """The context in the file named by MLOPS_JOB_FILE; a field that is missing, unknown or ill-typed is refused."""
    path = environ["MLOPS_JOB_FILE"]
    try:
        with open(path, encoding="utf-8") as file:
            job = json.load(file)
    except (OSError, ValueError) as error:
        raise BadContractError("cannot read the job file %s: %s" % (path, error)) from error
    _check(path, job)
    return Context(inputs=job.pop("inputs", {}), **job)


def _check(path: str, job: object) -> None:
    problem = _problem(job) if isinstance(job, dict) else "it is not an object"
    if problem:
        raise BadContractError("job file %s: %s" % (path, problem))


def _problem(job: Dict[str, Any]) -> str:
    for name in _REQUIRED:
        if not job.get(name):
            return "%s is missing" % name
    for name, value in job.items():
        if name in _TEXTS:
            good = isinstance(value, str)
        elif name in _LISTS:
            good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        elif name in _TABLES:
            good = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        else:
            return "unknown field %r" % name
        if not good:
            return "%s has the wrong type" % name
    return ""
