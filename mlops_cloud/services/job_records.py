"""What a job left behind, read through the store: its outputs' digests and its metrics."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.errors import ConflictError, CorruptStateError, NotFoundError
from mlops_cloud.results.identity import Artifact, Ref, Uri
from mlops_runtime.output_digests import OUTPUT_DIGESTS

if TYPE_CHECKING:
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.services.session import Session

EMPTY_FOLDER = digest_of([])
"""The digest of a folder without files, as a job records it."""
KIND = "jobs"
"""The kind of record that says what a job was made of."""


def describe(session: Session, name: str) -> dict[str, Any]:
    """What the job was made of: spec, code, inputs, lock, git; NotFoundError for a job that is not ours."""
    record = session.records.get(KIND, name)
    if record is None:
        raise NotFoundError(f"no job is called {name!r}", fix="mlops-cloud jobs list")
    return record


def job_named(session: Session, name: str) -> Job:
    """The job as the provider sees it now."""
    record = describe(session, name)
    return _whole(session, _read(session, name, record), record)


def whole(session: Session, job: Job) -> Job:
    """The job with the metrics of the attempts that it went on from, but for what it measured again itself."""
    return _whole(session, job, session.records.get(KIND, job.name))


def _read(session: Session, name: str, record: dict[str, Any]) -> Job:
    if session.provider.jobs is None:
        raise NotFoundError(f"no job is called {name!r}")
    return session.provider.jobs.get(Ref("jobs", record["kind"], name, record["native_id"]))


def _whole(session: Session, job: Job, record: dict[str, Any] | None) -> Job:
    metrics = job.metrics
    while source := (record or {}).get("attempt", {}).get("went_on_from"):
        record = session.records.get(KIND, source)
        try:
            earlier = _read(session, source, record).metrics if record else ()
        except NotFoundError:  # deleted since
            break
        again = {(metric.name, metric.step) for metric in metrics}
        metrics = (*(metric for metric in earlier if (metric.name, metric.step) not in again), *metrics)
    return replace(job, metrics=metrics)


def output_artifact(session: Session, name: str, output: str) -> Artifact:
    """One output of a job that succeeded, with the digest that the job itself recorded."""
    job = job_named(session, name)
    return artifact_of(session, job, output)


def artifact_of(session: Session, job: Job, output: str) -> Artifact:
    """The same, of a job that was read already."""
    if output not in job.outputs:
        why = f"it is {job.status}" if not job.outputs else f"it has {', '.join(sorted(job.outputs))}"
        raise ConflictError(f"job {job.name} has no output {output!r}", why=why)
    digests = recorded_digests(session, job)
    return Artifact(job.outputs[output], digests.get(output, ""), job.output(output))


def recorded_digests(session: Session, job: Job) -> dict[str, str]:
    """Output -> digest of its files, as the job wrote it down when it ended."""
    uri = Uri(f"{job.outputs['record']}/{OUTPUT_DIGESTS}")
    try:
        with session.provider.storage.open(uri) as stream:
            recorded: dict[str, Any] = json.loads(stream.read())
        return {name: str(entry["digest"]) for name, entry in recorded.items()}
    except (ValueError, KeyError, TypeError) as exc:
        raise CorruptStateError(
            f"{uri} cannot be read", why=str(exc), fix=f"mlops-cloud jobs delete {job.name}"
        ) from exc
