"""What each kind of step does: find its key, know its cached result, make it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mlops_cloud.errors import GateError
from mlops_cloud.results.identity import Artifact, Uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.errors import MlopsCloudError
    from mlops_cloud.results.data import DatasetVersion
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.results.models import ModelVersion
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.datasets import PreparedDataset
    from mlops_cloud.services.evaluation import EvaluationReport
    from mlops_cloud.services.jobs import PreparedJob
    from mlops_cloud.services.keys import Content
    from mlops_cloud.services.models import PreparedModel
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.dataset import Dataset
    from mlops_cloud.specs.evaluation import Evaluation
    from mlops_cloud.specs.job import JobSpec
    from mlops_cloud.specs.model import Model


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step made."""

    made: str
    """The reference of the thing: `job://…`, `dataset://…`, `model://…`."""
    place: Uri
    """Where in the store something of it always lies: gone from there, it must be made again."""
    outputs: dict[str, Any]
    """What other steps may refer to, nested as they write it: {"splits": {"train": …}}."""
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    """Reference -> where it lies and what it is made of."""
    summary: dict[str, Any] = field(default_factory=dict)
    """What a person wants to know of it, for the last table."""
    refused: MlopsCloudError | None = None
    """A gate that said no; the thing itself was made."""
    waiting: str = ""
    """What a person must do before the recipe can go on."""


class Prepared(Protocol):
    """A step whose key is known."""

    @property
    def content(self) -> Content:
        """Everything that decides its result."""


class StepKind(Protocol):
    """One kind of step."""

    def get_ready(self) -> None:
        """Do beforehand what needs nothing of the steps before, while jobs run."""

    def prepare(self, spec: Any, folder: Path) -> Prepared:  # noqa: ANN401 - each kind has a spec of its own
        """Find the key; in a read-only session nothing is created."""

    def cached(self, prepared: Any) -> Outcome | None:  # noqa: ANN401
        """What was made before from the same content, if it is still there."""

    def execute(self, prepared: Any) -> Outcome:  # noqa: ANN401
        """Make it."""

    def discard(self, prepared: Any) -> None:  # noqa: ANN401
        """Remove what is left of it, so that it can be made again."""

    def requests(self, prepared: Any) -> list[NativeRequest]:  # noqa: ANN401
        """What making it would send; pure."""


class JobStep:
    """`kind: processing` and `kind: training`."""

    def __init__(self, session: Session, kind: str) -> None:
        from mlops_cloud.services.jobs import JobService

        self._session = session
        self._jobs = JobService(session, kind)

    def get_ready(self) -> None:
        """Nothing: its code is packed when its inputs are known."""

    def prepare(self, spec: JobSpec, folder: Path) -> PreparedJob:
        """Hash code and inputs."""
        return self._jobs.prepare(spec, folder)

    def cached(self, prepared: PreparedJob) -> Outcome | None:
        """The job of the same content that succeeded."""
        job = self._jobs.completed(prepared.content)
        return self._outcome(job) if job else None

    def execute(self, prepared: PreparedJob) -> Outcome:
        """Run it to its end; JobFailedError."""
        return self._outcome(self._jobs.run(prepared))

    def discard(self, prepared: PreparedJob) -> None:
        """Delete the job."""
        self._jobs.discard(prepared.content)

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """The job's native request."""
        return self._jobs.requests(prepared)

    def _outcome(self, job: Job) -> Outcome:
        from mlops_cloud.services import job_records

        digests = job_records.recorded_digests(self._session, job)
        artifacts = {
            job.output(name): Artifact(job.outputs[name], digest, job.output(name)) for name, digest in digests.items()
        }
        metrics = job.latest_metrics()
        outputs = {
            "outputs": {name: job.output(name) for name in digests},
            "metrics": metrics,
            "model": job.reference(),
        }
        return Outcome(
            f"job://{job.name}", job.outputs["record"], outputs, artifacts, {"job": job.name, "metrics": metrics}
        )


class DatasetStep:
    """`kind: dataset`."""

    def __init__(self, session: Session) -> None:
        from mlops_cloud.services.datasets import DatasetService

        self._datasets = DatasetService(session)

    def get_ready(self) -> None:
        """Nothing beyond its imports."""

    def prepare(self, spec: Dataset, folder: Path) -> PreparedDataset:
        """Hash the source."""
        return self._datasets.prepare(spec, folder)

    def cached(self, prepared: PreparedDataset) -> Outcome | None:
        """The version of the same rows and rules."""
        version = self._datasets.completed(prepared.content)
        return self._outcome(version) if version else None

    def execute(self, prepared: PreparedDataset) -> Outcome:
        """Check, divide and store; ExpectationError."""
        return self._outcome(self._datasets.store(prepared))

    def discard(self, prepared: PreparedDataset) -> None:
        """Delete the version."""
        version = self._datasets.completed(prepared.content)
        if version is not None:
            self._datasets.delete(version.name, version.version)

    def requests(self, prepared: PreparedDataset) -> list[NativeRequest]:  # noqa: ARG002 - the protocol's signature
        """None: datasets are stored file by file."""
        return []

    def _outcome(self, version: DatasetVersion) -> Outcome:
        splits = {name: version.split(name) for name in version.splits}
        artifacts = {version.reference(): version.artifact()}
        artifacts |= {reference: version.artifact(name) for name, reference in splits.items()}
        summary = {"dataset": f"{version.name}:{version.version}", "rows": version.rows, "splits": version.splits}
        return Outcome(
            version.reference(), version.uri, {"version": version.reference(), "splits": splits}, artifacts, summary
        )


class EvaluationStep:
    """`kind: evaluation`."""

    def __init__(self, session: Session) -> None:
        from mlops_cloud.services.evaluation import EvaluationService

        self._evaluation = EvaluationService(session)
        self._judges = not session.sample  # few rows say nothing about how good a model is

    def get_ready(self) -> None:
        """Store our own package that measures."""
        self._evaluation.get_ready()

    def prepare(self, spec: Evaluation, folder: Path) -> PreparedJob:
        """Find the bundle, the rows and the champion."""
        return self._evaluation.prepare(spec, folder)

    def cached(self, prepared: PreparedJob) -> Outcome | None:
        """The report of the same model on the same rows."""
        report = self._evaluation.completed(prepared)
        return _report_outcome(report, judged=self._judges) if report else None

    def execute(self, prepared: PreparedJob) -> Outcome:
        """Measure; a missed gate is in the outcome, which it ends but in a rehearsal."""
        return _report_outcome(self._evaluation.measure(prepared), judged=self._judges)

    def discard(self, prepared: PreparedJob) -> None:
        """Delete the job."""
        self._evaluation.discard(prepared)

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """The evaluation job's native request."""
        return self._evaluation.requests(prepared)


class ModelStep:
    """`kind: model`."""

    def __init__(self, session: Session) -> None:
        from mlops_cloud.services.models import ModelService

        self._models = ModelService(session)

    def get_ready(self) -> None:
        """Nothing beyond its imports."""

    def prepare(self, spec: Model, folder: Path) -> PreparedModel:  # noqa: ARG002 - the protocol's signature
        """Find the bundle and the report."""
        return self._models.prepare(spec)

    def cached(self, prepared: PreparedModel) -> Outcome | None:
        """The version of the same bundle and report."""
        version = self._models.completed(prepared.content)
        return _model_outcome(version, prepared.spec.alias) if version else None

    def execute(self, prepared: PreparedModel) -> Outcome:
        """Register; the alias moves when the version is approved."""
        return _model_outcome(self._models.store(prepared), prepared.spec.alias)

    def discard(self, prepared: PreparedModel) -> None:
        """Nothing: a version stays, and its bundle was put back when it was prepared."""

    def requests(self, prepared: PreparedModel) -> list[NativeRequest]:  # noqa: ARG002 - the protocol's signature
        """None: the registry is written once the bundle is known."""
        return []


def _batch_prediction(session: Session) -> StepKind:
    from mlops_cloud.recipes.batch_prediction_step import BatchPredictionStep

    return BatchPredictionStep(session)


def _tuning(session: Session) -> StepKind:
    from mlops_cloud.recipes.tuning_step import TuningStep

    return TuningStep(session)


# Made when the first step of the kind comes: its imports then go on while the jobs before it run.
KINDS: dict[str, Callable[[Session], StepKind]] = {
    "processing": lambda session: JobStep(session, "processing"),
    "training": lambda session: JobStep(session, "training"),
    "tuning": _tuning,
    "dataset": DatasetStep,
    "evaluation": EvaluationStep,
    "batch_prediction": _batch_prediction,
    "model": ModelStep,
}


def _report_outcome(report: EvaluationReport, *, judged: bool) -> Outcome:
    refused = None
    try:
        report.require_passed()
    except GateError as exc:
        refused = exc if judged else None
    job = report.job
    page = Artifact(job.outputs["page"], "", job.output("page"))
    summary = {
        "job": job.name,
        "metrics": report.document["metrics"],
        "gates": report.gates(),
        "page": page.uri,
    }
    outputs = {"report": report.reference(), "metrics": report.metrics}
    return Outcome(f"job://{job.name}", job.outputs["record"], outputs, {}, summary, refused)


def _model_outcome(version: ModelVersion, alias: str | None) -> Outcome:
    waiting = ""
    name = f"{version.name}:{version.version}"
    if version.approval != "approved":
        waiting = f"{name} is {version.approval}: mlops-cloud models approve {name}"
    artifact = Artifact(version.uri, version.digest, version.reference())
    summary = {"model": name, "alias": alias if alias in version.aliases else "", "approval": version.approval}
    outputs = {"version": version.reference()}
    return Outcome(version.reference(), version.uri, outputs, {version.reference(): artifact}, summary, waiting=waiting)
