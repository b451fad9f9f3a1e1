"""The tries at one job: which is the next, what it goes on from, and how many of its retries are used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.identity import Uri
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.services import job_records
from mlops_cloud.services.keys import key_of

if TYPE_CHECKING:
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Key, Ref
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.services.keys import Content
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.job import Retry


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a job: those before it failed or were cancelled."""

    key: Key
    ref: Ref | None
    """The job, where this try was made already."""
    checkpoint: Uri
    """Where its checkpoints are kept."""
    earlier: tuple[Job, ...] = ()
    """The jobs of the same content before it, oldest first."""
    closed: int = 0
    """How many of those belong to retries that are over: used up, cancelled, or ended by another cause."""

    @property
    def number(self) -> int:
        """Which try this is since somebody last asked for the job, from 1."""
        return len(self.earlier) - self.closed + 1


def latest(session: Session, jobs: Jobs, content: Content) -> Attempt:
    """The job of this content that runs or succeeded, else the try that comes next."""
    earlier: list[Job] = []
    fresh = 0
    while True:
        key = key_of("jobs", content, len(earlier))
        ref = jobs.find(key)
        job = jobs.get(ref) if ref else None
        if job is None or job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            place = checkpoint_of(session, content, fresh)
            return Attempt(key, ref, place, tuple(earlier), _closed(session, earlier))
        earlier.append(job)
        if job.failure and job.failure.cause.of_the_script:
            fresh = len(earlier)


def checkpoint_of(session: Session, content: Content, fresh: int) -> Uri:
    """Shared by the attempts since the last that failed by the script's own fault, whose checkpoint may be bad."""
    return Uri(f"{session.provider.storage.root}/checkpoints/{content.digest[:32]}-{fresh}")


def source_of(session: Session, attempt: Attempt) -> str:
    """The job whose checkpoint the next attempt goes on from; empty when there is none."""
    if not attempt.earlier or next(iter(session.provider.storage.list(attempt.checkpoint)), None) is None:
        return ""
    return attempt.earlier[-1].name


def description(attempt: Attempt, retry: Retry, source: str) -> dict[str, Any]:
    """What a job's record says of it; by that a run that was killed goes on counting where it stood."""
    return {
        "number": attempt.number,
        "of": retry.times + 1,
        "on": list(retry.on),
        "earlier": [
            {"job": job.name, "cause": job.failure.cause if job.failure else "cancelled"} for job in attempt.earlier
        ],
        "went_on_from": source,
    }


def _closed(session: Session, earlier: list[Job]) -> int:
    """How many jobs came before the retries that the last job was one of; all, when it was the last of them."""
    if not earlier or (failure := earlier[-1].failure) is None:
        return len(earlier)
    told = (session.records.get(job_records.KIND, earlier[-1].name) or {}).get("attempt")
    if told is None or failure.cause not in told["on"] or told["number"] >= told["of"]:
        return len(earlier)
    return max(0, len(earlier) - int(told["number"]))
