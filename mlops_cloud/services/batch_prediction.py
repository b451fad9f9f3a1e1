"""Batch prediction: our own processing job over a bundle and a table of any size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mlops_cloud.errors import UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.notebook import table
from mlops_cloud.services import artifacts
from mlops_cloud.services.bundles import bundle_of
from mlops_cloud.services.code import analysis_program, stored_analysis
from mlops_cloud.services.jobs import JobService, PreparedJob
from mlops_cloud.services.model_environment import environment_with_model, readers_of
from mlops_cloud.specs.job import ProcessingJob

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Artifact
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.batch_prediction import BatchPrediction

_MODULE = "mlops_cloud.analysis.batch_prediction"
_PREDICTIONS = "predictions"
_SUMMARY = "summary"
_SETTINGS = {"columns", "output", "probabilities", "chunk_rows"}
_AS_THEY_ARE = ("compute", "env", "secrets", "retry", "native")


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a batch prediction wrote."""

    session: Session
    job: Job
    document: dict[str, Any]
    """The summary as JSON: rows, seconds, rows_per_second, and the predictions' counts or min, mean and max."""

    @property
    def rows(self) -> int:
        """Number of rows, of which each has a prediction."""
        return int(self.document["rows"])

    def open(self) -> BinaryIO:
        """The file of predictions, to be read from its start."""
        return self.session.provider.storage.open(self.job.outputs[_PREDICTIONS])

    def download(self, folder: Path | str) -> Path:
        """A read-only file of predictions on this computer; `folder` is used where they lie elsewhere."""
        return self.session.provider.storage.download(self.job.outputs[_PREDICTIONS], Path(folder))

    def reference(self) -> str:
        """`job://<name>/predictions`: what other specs take as rows."""
        return self.job.output(_PREDICTIONS)

    def _repr_html_(self) -> str:
        told = self.document["predictions"].get("counts") or self.document["predictions"]
        return table(("predicted", "value"), [("rows", f"{self.rows:,}"), *((k, f"{v:g}") for k, v in told.items())])


class BatchPredictionService:
    """The verbs of batch predictions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs = JobService(session, "processing")

    def get_ready(self) -> None:
        """Store our own package that batch predictions carry."""
        stored_analysis(self._session)

    def run(self, spec: BatchPrediction, *, folder: Path | str = ".") -> Predictions:
        """Predict every row, or find what was predicted before; JobFailedError names a row that cannot be predicted."""
        return self.predict(self.prepare(spec, Path(folder).resolve()))

    def prepare(self, spec: BatchPrediction, folder: Path) -> PreparedJob:
        """Find model and rows, and with them the key."""
        _require_engine(self._session, spec)
        inputs = {
            "model": bundle_of(self._session, spec.model, folder),
            "data": artifacts.resolve(self._session, spec.data, folder),
        }
        outputs = {_PREDICTIONS: f"predictions.{spec.output}", _SUMMARY: "summary.json"}
        needs = ["numpy", *readers_of(self._session, inputs["data"]), *(["duckdb"] if spec.output == "parquet" else [])]
        job = ProcessingJob(
            name=spec.name,
            environment=environment_with_model(self._session, spec.environment, spec.model, folder, needs),
            module=_MODULE,
            inputs={port: artifact.uri for port, artifact in inputs.items()},
            outputs=outputs,
            parameters={"settings": json.dumps(self._settings(spec, inputs), sort_keys=True)},
            **{name: getattr(spec, name) for name in _AS_THEY_ARE if name in spec.model_fields_set},
        )
        self._session.known.update({artifact.uri: artifact for artifact in inputs.values()})
        return self._jobs.prepare(job, folder, program=analysis_program(_MODULE, outputs))

    def predict(self, prepared: PreparedJob) -> Predictions:
        """Run the prepared batch prediction, or find the one that ran before."""
        return self.predictions(self._jobs.run(prepared))

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """What predicting would send; pure."""
        return self._jobs.requests(prepared)

    def discard(self, prepared: PreparedJob) -> None:
        """Delete the job of this batch prediction, and what is kept of it."""
        self._jobs.discard(prepared.content)

    def completed(self, prepared: PreparedJob) -> Predictions | None:
        """The same predictions that were made before, if they are still there."""
        job = self._jobs.completed(prepared.content)
        return self.predictions(job) if job else None

    def predictions(self, job: Job) -> Predictions:
        """What a batch prediction job wrote."""
        with self._session.provider.storage.open(job.outputs[_SUMMARY]) as stream:
            return Predictions(self._session, job, json.loads(stream.read()))

    def _settings(self, spec: BatchPrediction, inputs: dict[str, Artifact]) -> dict[str, Any]:
        version = artifacts.dataset_of(self._session, spec.data)
        return {
            **spec.model_dump(mode="json", include=_SETTINGS),
            "target": version.target if version else "",
            "digests": {port: artifact.digest for port, artifact in inputs.items()},
        }


def _require_engine(session: Session, spec: BatchPrediction) -> None:
    if spec.engine == "portable":
        require_feature(session.provider, Feature.BATCH_PREDICTION)
        return
    require_feature(session.provider, Feature.NATIVE_BATCH)
    name = session.provider.info.name
    raise UnsupportedError(f"this version sends {name} no native batch prediction", fix="engine: portable")
