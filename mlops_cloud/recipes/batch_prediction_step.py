"""What `kind: batch_prediction` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.recipes.kinds import Outcome
from mlops_cloud.results.identity import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.batch_prediction import Predictions
    from mlops_cloud.services.jobs import PreparedJob
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.batch_prediction import BatchPrediction


class BatchPredictionStep:
    """`kind: batch_prediction`."""

    def __init__(self, session: Session) -> None:
        from mlops_cloud.services.batch_prediction import BatchPredictionService

        self._session = session
        self._batch = BatchPredictionService(session)

    def get_ready(self) -> None:
        """Store our own package that predicts."""
        self._batch.get_ready()

    def prepare(self, spec: BatchPrediction, folder: Path) -> PreparedJob:
        """Find the bundle and the rows."""
        return self._batch.prepare(spec, folder)

    def cached(self, prepared: PreparedJob) -> Outcome | None:
        """The same model's predictions for the same rows."""
        predictions = self._batch.completed(prepared)
        return self._outcome(predictions) if predictions else None

    def execute(self, prepared: PreparedJob) -> Outcome:
        """Predict; JobFailedError."""
        return self._outcome(self._batch.predict(prepared))

    def discard(self, prepared: PreparedJob) -> None:
        """Delete the job."""
        self._batch.discard(prepared)

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """The job's native request."""
        return self._batch.requests(prepared)

    def _outcome(self, predictions: Predictions) -> Outcome:
        from mlops_cloud.services import job_records

        job = predictions.job
        digests = job_records.recorded_digests(self._session, job)
        outputs = {name: job.output(name) for name in digests}
        artifacts = {
            outputs[name]: Artifact(job.outputs[name], digest, outputs[name]) for name, digest in digests.items()
        }
        summary = {"job": job.name, "rows": predictions.rows, "seconds": predictions.document["seconds"]}
        return Outcome(f"job://{job.name}", job.outputs["record"], outputs, artifacts, summary)
