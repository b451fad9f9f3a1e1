"""How a job's entry is started, as far as its inputs and its lock decide it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from mlops_cloud.bundle.notebooks import language_of
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops_cloud.results.identity import Artifact
    from mlops_cloud.services.code import Program
    from mlops_cloud.services.locks import Lock
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.job import JobSpec

_INPUT = re.compile(r"\$\{\{\s*inputs\.([^\s{}]+)\s*\}\}")
_NAME = re.compile(r"[^A-Za-z0-9._-]")
_MLFLOW = ("mlflow", "mlflow-skinny")
_FOR_NOTEBOOKS = ("papermill", "ipykernel")
TRACKING_URI = "MLFLOW_TRACKING_URI"


def fitted(
    session: Session, program: Program, spec: JobSpec, inputs: Mapping[str, Artifact], lock: Lock, folder: Path
) -> Program:
    """The same program with an entry that knows its inputs and lock; InvalidSpecError when the lock cannot run it."""
    if program.entry.kind == "notebook":
        _check_notebook(program, spec, lock)
    ports = [port for port in _named_in(program.entry.value) if port in inputs]
    files = tuple(port for port in ports if _is_file(session, spec.inputs[port], inputs[port], folder))
    entry = replace(program.entry, file_inputs=files, mlflow=_mlflow(program, spec, lock))
    return replace(program, entry=entry)


def _named_in(value: str | list[str]) -> list[str]:
    parts = [value] if isinstance(value, str) else value
    return sorted({port for part in parts for port in _INPUT.findall(part)})


def _is_file(session: Session, source: str, artifact: Artifact, folder: Path) -> bool:
    if "://" not in source and (folder / source).is_file():
        return True
    # Whoever names one file of a job means that file; a split or a folder stays a folder, whatever it holds.
    entry = next(session.provider.storage.list(artifact.uri), None) if artifact.digest else None  # else not made yet
    return entry is not None and entry.uri == artifact.uri


def _mlflow(program: Program, spec: JobSpec, lock: Lock) -> Literal["", "server", "stand-in"]:
    if "mlflow" not in program.code.libraries:
        return ""
    # Nothing of ours hides what an image holds, which is not known here.
    real = bool(spec.environment.image) or bool(_names(lock).intersection(_MLFLOW))
    if not real:
        return "stand-in"
    return "" if TRACKING_URI in spec.env else "server"


def _names(lock: Lock) -> set[str]:
    # Requirements stand there as they were written as long as nobody could solve them.
    return {_NAME.split(line, maxsplit=1)[0].lower().replace("_", "-") for line in lock.lines}


def _check_notebook(program: Program, spec: JobSpec, lock: Lock) -> None:
    name = str(program.entry.value)
    language = language_of((program.code.root / name).read_bytes())
    if language != "python":
        why = (
            f"its language is {language}" if language else "it is no document with cells, as Jupyter writes since 2015"
        )
        raise InvalidSpecError(f"{name} is no Python notebook", why=why)
    missing = [package for package in _FOR_NOTEBOOKS if package not in _names(lock)]
    if missing and not spec.environment.image:
        raise InvalidSpecError(
            f"{name} cannot be run: {' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not installed",
            why="a notebook is run by papermill, in a kernel of ipykernel",
            fix="pip install 'mlops-cloud[notebook]', or write both into the step's environment: requirements",
        )
