"""One trial: a training job with parameters of its own, and what it was worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.errors import JobFailedError, NotFoundError
from mlops_cloud.results.jobs import JobStatus, Trial
from mlops_cloud.services import job_records
from mlops_cloud.services.jobs import JobService
from mlops_cloud.services.tuning_stopping import Patience, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.results.jobs import Job
    from mlops_cloud.services.jobs import PreparedJob
    from mlops_cloud.services.session import Session
    from mlops_cloud.services.tuning_jobs import PreparedTuning
    from mlops_cloud.services.tuning_proposals import Parameters

ENDS = "trial_ends"
"""The kind of record of a trial that cannot be found again by its job: stopped early, or failed by its own fault."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial that has ended."""

    trial: Trial
    record: str
    """Name of the record of its end, if it has one."""
    reported: tuple[str, ...] = ()
    """The metrics that its job reported."""
    lacking: bool = False
    """Its job succeeded, and did not report the metric."""


class TrialRunner:
    """Runs the trials of one tuning, in any thread."""

    def __init__(self, session: Session, prepared: PreparedTuning) -> None:
        self._session = session
        self._prepared = prepared
        self._search = prepared.spec.search

    def run(self, number: int, parameters: Parameters) -> Ended:
        """Run a trial to its end, or find the one that ran; JobFailedError when somebody cancelled it."""
        prepared = self._prepared.trial(parameters)
        trial = Trial(number, parameters, JobStatus.PENDING)
        record = digest_of([prepared.content.digest, self._rule()])
        known = self._session.records.get(ENDS, record)
        if known is not None:
            return Ended(self._known(trial, known), record)
        watch = Watch(self._session, self._search.metric, self._patience(), self._stop(trial, record))
        job = self._job(prepared, watch)
        return self._ended(trial, record, job, self._decided(job, watch.patience))

    def _job(self, prepared: PreparedJob, watch: Watch) -> Job:
        try:
            return JobService(replace(self._session, listener=watch), "training").run(prepared)
        except JobFailedError:
            if not watch.job:
                raise
            job = job_records.job_named(self._session, watch.job)
            stopped = watch.patience is not None and watch.patience.over
            if job.status is JobStatus.CANCELLED and not stopped:
                raise
            return job

    def _ended(self, trial: Trial, record: str, job: Job, patience: Patience | None) -> Ended:
        values = [metric.value for metric in job.metrics if metric.name == self._search.metric]
        reported = tuple(sorted({metric.name for metric in job.metrics}))
        if patience is not None and patience.over:
            ended = self._stopped(trial, job.name, patience)
        elif job.status is not JobStatus.SUCCEEDED:
            ended = replace(trial, status=JobStatus.FAILED, reason=job.failure.message if job.failure else job.phase)
        elif not values:
            ended = replace(trial, status=JobStatus.FAILED, reason=f"it reported no {self._search.metric}")
        else:
            ended = self._measured(replace(trial, status=JobStatus.SUCCEEDED, model=job.outputs["model"]), values[-1])
        if job.status is not JobStatus.SUCCEEDED and (ended.objective is not None or _own_fault(job)):
            self._remember(record, replace(ended, job=job.name))
        lacking = job.status is JobStatus.SUCCEEDED and not values
        return Ended(replace(ended, job=job.name, seconds=_seconds(job)), record, reported, lacking)

    def _stopped(self, trial: Trial, job: str, patience: Patience) -> Trial:
        reason = f"stopped early, after {patience.reports} reports"
        return self._measured(replace(trial, status=JobStatus.CANCELLED, job=job, reason=reason), patience.value)

    def _measured(self, trial: Trial, value: float) -> Trial:
        if math.isfinite(value):
            return replace(trial, objective=value)
        return replace(trial, status=JobStatus.FAILED, model=None, reason=f"{self._search.metric} was {value}")

    def _stop(self, trial: Trial, record: str) -> Callable[[str, Patience], None]:
        """Write down what the trial was worth, then ask its job to stop: a later run knows it without asking again."""

        def stop(job: str, patience: Patience) -> None:
            self._remember(record, self._stopped(trial, job, patience))
            if running := self._session.active.get(job):
                running.cancel()

        return stop

    def _remember(self, record: str, trial: Trial) -> None:
        fields = {"status": trial.status, "objective": trial.objective, "job": trial.job, "reason": trial.reason}
        self._session.remember(ENDS, record, fields)

    def _known(self, trial: Trial, known: dict[str, Any]) -> Trial:
        found = replace(trial, **{**known, "status": JobStatus(known["status"])})
        try:
            job = job_records.job_named(self._session, found.job)
        except NotFoundError:
            return found
        if not job.status.ended and self._session.provider.jobs is not None:  # whoever stopped it was stopped itself
            self._session.provider.jobs.cancel(job.ref)
        return replace(found, seconds=_seconds(job))

    def _decided(self, job: Job, watched: Patience | None) -> Patience | None:
        """The trial's patience by all its reports: a job may have ended before it could be stopped."""
        fresh = self._patience()
        if watched is None or fresh is None or watched.over:
            return watched
        return fresh.take_all(metric.value for metric in job.metrics if metric.name == self._search.metric)

    def _patience(self) -> Patience | None:
        rule = self._search.early_stopping
        return Patience(rule, maximize=bool(self._search.maximize)) if rule else None

    def _rule(self) -> list[object]:
        """What decides whether a trial is stopped early; nothing where none is."""
        rule = self._search.early_stopping
        return [self._search.metric, bool(self._search.maximize), rule.content()] if rule else []


def _own_fault(job: Job) -> bool:
    return job.failure is not None and job.failure.cause.of_the_script


def _seconds(job: Job) -> float | None:
    return round(job.ended - job.started, 3) if job.started and job.ended else None
