"""Tuning: a training job tried with many parameters, each trial a job like any other, hence never run twice."""

from __future__ import annotations

import time
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.bayesian import check_installed
from mlops_cloud.errors import JobFailedError, NotFoundError, UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.tuning import Tuning, tuning_of
from mlops_cloud.services import job_records, tuning_pages
from mlops_cloud.services.jobs import JobService
from mlops_cloud.services.keys import key_of
from mlops_cloud.services.tuning_jobs import PreparedTuning, training_job, tuning_content
from mlops_cloud.services.tuning_search import TuningSearch, proposals_of
from mlops_cloud.services.tuning_trials import ENDS
from mlops_cloud.services.tuning_verdict import all_failed, best_trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops_cloud.results.jobs import Job, Trial
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.keys import Content
    from mlops_cloud.services.session import Session
    from mlops_cloud.services.tuning_trials import Ended
    from mlops_cloud.specs.tuning import TuningJob

KIND = "tunings"
"""The kind of record of a tuning that has ended."""


class TuningService:
    """The verbs of tunings."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs = JobService(session, "training")

    def run(self, spec: TuningJob, *, folder: Path | str = ".", at_once: int = 0) -> Tuning:
        """Run every trial that did not run before, and find the best; JobFailedError when there is none.

        `at_once` is how many trials really run side by side, `search.parallel` if 0; it changes no result.
        """
        prepared = self.prepare(spec, Path(folder).resolve())
        return self.completed(prepared.content) or self.tune(prepared, at_once=at_once)

    def prepare(self, spec: TuningJob, folder: Path) -> PreparedTuning:
        """Check the spec and find its key; nothing is created."""
        self._check(spec)
        job = self._jobs.prepare(training_job(spec), folder)
        return PreparedTuning(spec, tuning_content(spec, job), job)

    def requests(self, prepared: PreparedTuning) -> list[NativeRequest]:
        """What the first trials would send, as many as run side by side; pure."""
        first = proposals_of(prepared.spec.search).next([])[: prepared.spec.search.parallel]
        return [request for each in first for request in self._jobs.requests(prepared.trial(each))]

    def completed(self, content: Content) -> Tuning | None:
        """The tuning of this content that ended before, if its best job is still there."""
        try:
            tuning = self.get(_name(content))
            job = self.job(tuning)
        except NotFoundError:
            return None
        return tuning if tuning.content == content.digest and job.status == "succeeded" else None

    def tune(self, prepared: PreparedTuning, *, at_once: int = 0) -> Tuning:
        """Run the prepared tuning; whatever of it ran before is found, not run again."""
        name = _name(prepared.content)
        self._forget(name)
        created = time.time()
        ended = TuningSearch(self._session, prepared, at_once).run()
        tuning = self._tuning(prepared, name, self._best(prepared, ended), ended, created)
        tuning_pages.publish(self._session, tuning)
        self._session.records.create(
            KIND, name, {"tuning": tuning.document(), "ends": sorted({each.record for each in ended})}
        )
        return tuning

    def discard(self, prepared: PreparedTuning) -> None:
        """Delete what is left of its best job, so that this one trial runs anew."""
        name = _name(prepared.content)
        with suppress(NotFoundError):
            self._jobs.discard(prepared.trial(self.get(name).winner.parameters).content)
        self._forget(name)

    def get(self, name: str) -> Tuning:
        """A tuning that has ended; NotFoundError."""
        return tuning_of(self._record(name)["tuning"])

    def list(self) -> Iterator[Tuning]:
        """All tunings that have ended, newest first."""
        found = [self.get(name) for name in self._session.records.names(KIND)]
        yield from sorted(found, key=lambda tuning: tuning.created, reverse=True)

    def trials(self, name: str) -> tuple[Trial, ...]:
        """The trials of a tuning, in the order in which they were proposed."""
        return self.get(name).trials

    def best(self, name: str) -> Trial:
        """The best trial of a tuning."""
        return self.get(name).winner

    def job(self, tuning: Tuning) -> Job:
        """The job of its best trial; NotFoundError when it was deleted."""
        return job_records.job_named(self._session, tuning.winner.job)

    def delete(self, name: str) -> None:
        """Remove a tuning and the jobs of its trials, but those that another tuning has too."""
        record = self._record(name)
        used = {trial.job for other in self.list() if other.name != name for trial in other.trials}
        for job in sorted({trial.job for trial in self.get(name).trials} - used):
            with suppress(NotFoundError):
                self._jobs.delete(job)
        for end in record["ends"]:
            self._session.records.delete(ENDS, end)
        self._forget(name)

    def _check(self, spec: TuningJob) -> None:
        provider = self._session.provider
        require_feature(provider, Feature.TUNING)
        if spec.engine == "native":
            require_feature(provider, Feature.NATIVE_TUNING)
            raise UnsupportedError(
                f"the native tuning of {provider.info.name} is not driven by this version", fix="write engine: portable"
            )
        if spec.search.strategy == "bayesian":
            check_installed()

    def _record(self, name: str) -> dict[str, Any]:
        record = self._session.records.get(KIND, name)
        if record is None:
            raise NotFoundError(f"no tuning is called {name!r}", fix="mlops-cloud tuning list")
        return record

    def _best(self, prepared: PreparedTuning, ended: Sequence[Ended]) -> Trial:
        try:
            return best_trial(self._session, prepared.spec.search, ended)
        except JobFailedError:
            if all_failed(ended):  # run again, it is tried again
                for each in ended:
                    self._session.records.delete(ENDS, each.record)
            raise

    def _tuning(
        self, prepared: PreparedTuning, name: str, best: Trial, ended: Sequence[Ended], created: float
    ) -> Tuning:
        search = prepared.spec.search
        job = job_records.job_named(self._session, best.job)
        return Tuning(
            name=name,
            content=prepared.content.digest,
            script=str(prepared.spec.entry[1]),
            strategy=search.strategy,
            metric=search.metric,
            maximize=bool(search.maximize),
            best=best.number,
            parameters=prepared.parameters(best.parameters),
            metrics={metric: value for metric, value in job.latest_metrics().items() if isfinite(value)},
            trials=tuple(each.trial for each in ended),
            page=tuning_pages.page_of(self._session, name),
            table=tuning_pages.table_of(self._session, name),
            logarithmic=tuple(name for name, each in sorted(search.space.items()) if each.log),
            created=created,
        )

    def _forget(self, name: str) -> None:
        self._session.records.delete(KIND, name)
        self._session.provider.storage.delete(tuning_pages.folder_of(self._session, name))


def _name(content: Content) -> str:
    return key_of("jobs", content).name()
