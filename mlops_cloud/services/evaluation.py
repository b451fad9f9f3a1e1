"""Evaluation: our own processing job over a bundle and rows, and the verdict of its gates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.errors import GateError, InvalidSpecError, NotFoundError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.results.notebook import table
from mlops_cloud.services import artifacts
from mlops_cloud.services.bundles import bundle_of
from mlops_cloud.services.code import analysis_program, stored_analysis
from mlops_cloud.services.jobs import JobService, PreparedJob
from mlops_cloud.services.model_environment import environment_with_model, readers_of
from mlops_cloud.specs.job import ProcessingJob

if TYPE_CHECKING:
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.evaluation import Evaluation

_MODULE = "mlops_cloud.analysis.evaluate"
_RIVALS = "rivals"
_NEEDS = ("numpy", "scikit-learn")
OUTPUTS = {"report": "report.json", "page": "report.html"}


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What an evaluation found."""

    job: Job
    document: dict[str, Any]
    """The report as JSON: metrics with intervals, slices, gates, champion, passed."""

    @property
    def passed(self) -> bool:
        """Whether every gate was kept."""
        return bool(self.document["passed"])

    @property
    def metrics(self) -> dict[str, float]:
        """Metric -> value."""
        return {name: entry["value"] for name, entry in self.document["metrics"].items()}

    def reference(self) -> str:
        """`job://<name>/report`: what a Model takes as its evaluation."""
        return self.job.output("report")

    def gates(self) -> list[dict[str, Any]]:
        """Every gate with its verdict, those against the champion too."""
        champion = self.document.get("champion") or {}
        return [*self.document["gates"], *champion.get("gates", [])]

    def require_passed(self) -> EvaluationReport:
        """The report itself; GateError with values and limits when a gate was missed."""
        if self.passed:
            return self
        missed = [gate["message"] for gate in self.gates() if not gate["passed"]]
        raise GateError(
            f"{len(missed)} gates were missed" if len(missed) > 1 else "a gate was missed",
            why="; ".join(missed),
            fix=f"mlops-cloud jobs describe {self.job.name}",
        )

    def _repr_html_(self) -> str:
        measured = self.document["metrics"].items()
        rows = ((name, f"{m['value']:.4g}", f"{m['low']:.4g} to {m['high']:.4g}") for name, m in measured)
        return table(("metric", "value", "95 % interval"), rows)


class EvaluationService:
    """The verbs of evaluations."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs = JobService(session, "processing")

    def get_ready(self) -> None:
        """Store our own package that evaluations carry."""
        stored_analysis(self._session)

    def run(self, spec: Evaluation, *, folder: Path | str = ".") -> EvaluationReport:
        """Measure one model on one dataset; missed gates are in the report, not an error."""
        return self.measure(self.prepare(spec, Path(folder).resolve()))

    def prepare(self, spec: Evaluation, folder: Path) -> PreparedJob:
        """Find model, rows and champion, and with them the key."""
        require_feature(self._session.provider, Feature.EVALUATION)
        inputs = {
            "model": bundle_of(self._session, spec.model, folder),
            "data": artifacts.resolve(self._session, spec.data, folder),
        }
        champion = self._champion(spec, inputs["model"], inputs["data"])
        if champion is not None:
            inputs["champion"] = champion
        needs = [*_NEEDS, *readers_of(self._session, inputs["data"])]
        environment = environment_with_model(self._session, spec.environment, spec.model, folder, needs)
        job = ProcessingJob(
            name=spec.name,
            module=_MODULE,
            inputs={port: artifact.uri for port, artifact in inputs.items()},
            outputs=OUTPUTS,
            parameters={"settings": json.dumps(self._settings(spec, inputs), sort_keys=True)},
            environment=environment,
            compute=spec.compute,
        )
        self._session.known.update({artifact.uri: artifact for artifact in inputs.values()})
        return self._jobs.prepare(job, folder, program=analysis_program(_MODULE, OUTPUTS))

    def measure(self, prepared: PreparedJob) -> EvaluationReport:
        """Run the prepared evaluation, or find the one that ran before."""
        return self.report(self._jobs.run(prepared))

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """What measuring would send; pure."""
        return self._jobs.requests(prepared)

    def discard(self, prepared: PreparedJob) -> None:
        """Delete the job of this evaluation."""
        self._jobs.discard(prepared.content)

    def completed(self, prepared: PreparedJob) -> EvaluationReport | None:
        """The report of the same evaluation that ran before, if it is still there."""
        job = self._jobs.completed(prepared.content)
        return self.report(job) if job else None

    def report(self, job: Job) -> EvaluationReport:
        """The report that an evaluation job wrote."""
        with self._session.provider.storage.open(job.outputs["report"]) as stream:
            return EvaluationReport(job, json.loads(stream.read()))

    def _champion(self, spec: Evaluation, candidate: Artifact, data: Artifact) -> Artifact | None:
        if not spec.champion or not spec.gates.champion:
            return None
        try:
            version = artifacts.model_version(self._session, spec.champion)
        except NotFoundError:
            return None
        name = digest_of([spec.name, candidate.digest, data.digest])
        if version.digest == candidate.digest:
            return self._first_rival(name)
        self._session.remember(
            _RIVALS, name, {"uri": version.uri, "digest": version.digest, "name": version.reference()}
        )
        return Artifact(version.uri, version.digest, version.reference())

    def _first_rival(self, name: str) -> Artifact | None:
        # The candidate is the champion now: the comparison that made it so stands, else every rerun would measure anew.
        rival = self._session.records.get(_RIVALS, name)
        return Artifact(Uri(rival["uri"]), rival["digest"], rival["name"]) if rival else None

    def _settings(self, spec: Evaluation, inputs: dict[str, Artifact]) -> dict[str, Any]:
        version = artifacts.dataset_of(self._session, spec.data)
        target = spec.target or (version.target if version else "")
        if not target:
            raise InvalidSpecError(f"evaluation {spec.name!r}: the true column is not known", fix="write target:")
        settings = spec.model_dump(mode="json", include={"task", "positive", "slices", "seed", "resamples"})
        gates = spec.gates.model_dump(mode="json", exclude_none=True)
        return {
            **settings,
            "digests": {port: artifact.digest for port, artifact in inputs.items() if port != "data"},
            "target": target,
            "gates": gates,
            "model": spec.model,
            "data": spec.data,
            "champion": spec.champion,
        }
