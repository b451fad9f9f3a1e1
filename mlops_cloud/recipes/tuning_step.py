"""What `kind: tuning` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.recipes.kinds import Outcome
from mlops_cloud.results.identity import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.results.tuning import Tuning
    from mlops_cloud.services.session import Session
    from mlops_cloud.services.tuning_jobs import PreparedTuning
    from mlops_cloud.specs.tuning import TuningJob


class TuningStep:
    """`kind: tuning`."""

    def __init__(self, session: Session) -> None:
        from mlops_cloud.services.tuning import TuningService

        self._session = session
        self._tuning = TuningService(session)

    def get_ready(self) -> None:
        """Nothing beyond its imports."""

    def prepare(self, spec: TuningJob, folder: Path) -> PreparedTuning:
        """Hash code and inputs."""
        return self._tuning.prepare(spec, folder)

    def cached(self, prepared: PreparedTuning) -> Outcome | None:
        """The tuning of the same content, without asking for a single trial."""
        tuning = self._tuning.completed(prepared.content)
        return self._outcome(tuning) if tuning else None

    def execute(self, prepared: PreparedTuning) -> Outcome:
        """Run the trials that did not run before; JobFailedError."""
        return self._outcome(self._tuning.tune(prepared))

    def discard(self, prepared: PreparedTuning) -> None:
        """Delete the best trial's job and the tuning's own record."""
        self._tuning.discard(prepared)

    def requests(self, prepared: PreparedTuning) -> list[NativeRequest]:
        """The native requests of the first trials."""
        return self._tuning.requests(prepared)

    def _outcome(self, tuning: Tuning) -> Outcome:
        from mlops_cloud.services import job_records

        job = self._tuning.job(tuning)
        made = f"tuning://{tuning.name}"
        digests = job_records.recorded_digests(self._session, job)
        artifacts = [Artifact(job.outputs[name], digest, job.output(name)) for name, digest in digests.items()]
        # How long each trial took stands in the table too, and is no reason to run what reads it again.
        artifacts.append(Artifact(tuning.table, tuning.content, f"{made}/trials"))
        artifacts.append(Artifact(tuning.page, "", f"{made}/page"))
        outputs = {
            "outputs": {name: job.output(name) for name in digests},
            "metrics": tuning.metrics,
            "model": job.reference(),
            "parameters": tuning.parameters,
            "trials": f"{made}/trials",
        }
        summary = {
            "tuning": tuning.name,
            "job": job.name,
            "trials": len(tuning.trials),
            "best": tuning.best,
            "parameters": tuning.winner.parameters,
            "metrics": tuning.metrics,
            "page": tuning.page,
        }
        return Outcome(made, tuning.page, outputs, {each.name: each for each in artifacts}, summary)
