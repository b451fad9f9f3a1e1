"""Wait for a job, and follow its log and metrics while it runs."""

from __future__ import annotations

import html
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_cloud.errors import DeadlineExceededError, JobFailedError
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.services import job_records
from mlops_cloud.services.missing_modules import remedy
from mlops_runtime.metrics import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Ref
    from mlops_cloud.results.jobs import Failure, Job
    from mlops_cloud.services.session import Session

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class SubmittedJob:
    """A job that was started, here or by somebody before."""

    session: Session
    ref: Ref
    adopted: bool = False
    """The job was there already."""
    attempt: int = 1
    """Which try this is since somebody last asked for the job, from 1."""
    resumed: bool = False
    """Others of the same content were there before it: it may go on from what they saved."""
    again: Callable[[Job], SubmittedJob | None] = field(default=lambda _: None, compare=False, repr=False)
    """Gives the next attempt after this one ended, when its spec wants another."""

    @property
    def name(self) -> str:
        """The job's generated name."""
        return self.ref.name

    def get(self) -> Job:
        """The job as it is now."""
        return self._whole(self._jobs.get(self.ref))

    def wait(self, timeout: float | None = None) -> Job:
        """The job once it has succeeded, at the first or a later attempt that its spec's `retry` gives it.

        JobFailedError, or DeadlineExceededError after `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        started: SubmittedJob | None = self
        while started:
            job = started.follow(None if deadline is None else deadline - time.monotonic(), quiet=True)
            started = started.again(job)
        return failed(self.session, job)

    def follow(self, timeout: float | None = None, *, quiet: bool = False) -> Job:
        """The job once it has ended, however; its lines and metrics are told while it runs."""
        deadline = None if timeout is None else time.monotonic() + timeout
        cursor = ""
        for pause in _pauses():
            job = self._jobs.get(self.ref)
            if not quiet:
                cursor = self._tell_lines(cursor)
            if job.status.ended:
                return self._whole(job)
            if deadline is not None and time.monotonic() > deadline:
                raise DeadlineExceededError(f"job {self.name} still runs after {timeout:g} s", fix="wait() again")
            self._jobs.pause(self.ref, pause)
        raise AssertionError  # the pauses never end

    def cancel(self) -> None:
        """Ask it to stop; a job that has ended is left as it is."""
        self._jobs.cancel(self.ref)

    def logs(self) -> Iterator[str]:
        """Its lines so far."""
        cursor = ""
        while True:
            page = self._jobs.logs(self.ref, cursor)
            yield from page.lines
            if not page.lines:
                return
            cursor = page.cursor

    def reference(self) -> str:
        """`job://<name>/model`: what a spec takes as a model."""
        return f"job://{self.name}/model"

    def output(self, name: str) -> str:
        """The reference of one declared output."""
        return f"job://{self.name}/{name}"

    def _repr_html_(self) -> str:
        job = self.get()
        metrics = ", ".join(f"{name} {value:.4g}" for name, value in job.latest_metrics().items())
        return f"<b>{html.escape(self.name)}</b> {job.status} {html.escape(metrics)}"

    def _tell_lines(self, cursor: str) -> str:
        page = self._jobs.logs(self.ref, cursor)
        for line in page.lines:
            self.session.tell("log", self.name, line)
            if line.startswith("[metric] ") and (measured := parse(line.encode("utf-8", "replace"))):
                self.session.tell("metric", self.name, measured["name"], measured["value"])
        return page.cursor

    def _whole(self, job: Job) -> Job:
        return job_records.whole(self.session, job) if self.resumed else job

    @property
    def _jobs(self) -> Jobs:
        jobs = self.session.provider.jobs
        if jobs is None:  # it was submitted there
            raise AssertionError
        return jobs


def failed(session: Session, job: Job) -> Job:
    """The job itself; JobFailedError with cause and last lines when it did not succeed."""
    if job.status is JobStatus.SUCCEEDED:
        return job
    if job.failure is None:
        raise JobFailedError(f"job {job.name} was {job.status}", why=job.phase, fix="run it again")
    raise JobFailedError(
        f"job {job.name} failed: {job.failure.message}",
        why=job.failure.traceback.strip(),
        fix=_fix(session, job.name, job.failure),
        code=job.failure.cause,
        log_tail=job.failure.log_tail,
    )


def _fix(session: Session, name: str, failure: Failure) -> str:
    if failure.cause is FailureCause.SPOT:
        return "run it again: it goes on from its checkpoint; `retry: {times: 10, on: [spot]}` does so by itself"
    return remedy(session, name, failure) or f"mlops-cloud logs {name}"


def _pauses() -> Iterator[float]:
    # Short at first, so that a short job costs nothing; jittered, so that many waiters do not poll in step.
    pause = _FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.8, 1.0)  # noqa: S311 - not a secret
        pause = min(pause * 1.5, _LONGEST_PAUSE)
