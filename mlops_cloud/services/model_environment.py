"""Where a model is loaded outside its own job: in what it was trained with, and what our own code needs beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.packages.requirements import name_of, pin_of, with_hashes
from mlops_cloud.services import artifacts, job_records
from mlops_cloud.services.environments import resolved_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mlops_cloud.results.identity import Artifact
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.environment import Environment


def environment_with_model(
    session: Session, environment: Environment, model: str, folder: Path, needs: Sequence[str]
) -> Environment:
    """What is asked for, united with the lock of the job that made the model and with what our own code needs.

    `model` is a source as a spec names it. A model whose job asked for nothing, or that is not a job's, adds nothing:
    what is asked for decides alone, and without that the interpreter or image as it is.
    """
    asked = resolved_environment(environment, folder, session.digests)
    record = {} if asked.image else _record_of(session, model, folder)
    trained = record.get("spec", {}).get("environment", {})
    pins = record["lock"].splitlines() if trained.get("requirements") else []
    if asked.image or not (asked.requirements or pins):
        return asked
    lines = _united(asked.requirements, pins, needs)
    return asked.with_changes(requirements=lines, python=asked.python or trained.get("python", ""))


def readers_of(session: Session, data: Artifact) -> list[str]:
    """What our own code needs to read some files, as requirement lines."""
    if not data.digest:  # a plan does not know it yet
        return []
    entries = session.provider.storage.list(data.uri)
    return ["duckdb"] if any(entry.uri.endswith((".parquet", ".pq")) for entry in entries) else []


def _united(asked: Iterable[str], pins: Iterable[str], needs: Iterable[str]) -> tuple[str, ...]:
    lines = list(asked)
    there = {pin_of(line) for line in lines}
    added = [pin for pin in pins if pin not in there]
    names = {name_of(line) for line in (*lines, *added)}
    added += [need for need in needs if need not in names]
    # Hashes stand for a whole lock: with anything more it is none.
    return (*(with_hashes(line)[0] if added else line for line in lines), *added)


def _record_of(session: Session, model: str, folder: Path) -> dict[str, Any]:
    """The record of the job that made a model; empty when it is not known, or not yet."""
    if model.startswith("job://"):
        return job_records.describe(session, model.split("/")[2])
    known = session.known.get(model)
    if (known is not None and not known.digest) or (folder / model).is_dir():
        return {}
    lineage = artifacts.model_version(session, model).lineage
    return session.records.get(job_records.KIND, str(lineage.get("job", ""))) or {}
