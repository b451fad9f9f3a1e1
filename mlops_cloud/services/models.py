"""The registry: bundles become versions; aliases move after gates and approval."""

from __future__ import annotations

import getpass
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import ConflictError, InvalidSpecError, NotFoundError, UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.models import Decision, ModelDescription
from mlops_cloud.services import artifacts, job_records
from mlops_cloud.services.bundles import StoredBundle, bundle_of_job, download_verified
from mlops_cloud.services.creation import create_once
from mlops_cloud.services.evaluation import EvaluationReport, EvaluationService
from mlops_cloud.services.keys import Content, key_of
from mlops_cloud.services.rehearsal import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.bundle.model import Bundle
    from mlops_cloud.provider.models import Models
    from mlops_cloud.results.models import ModelVersion
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.model import Model


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model whose bundle is known, and therefore its key."""

    spec: Model
    content: Content
    bundle: StoredBundle
    report: EvaluationReport | None


class ModelService:
    """The verbs of models."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def register(self, spec: Model) -> ModelVersion:
        """The next version of a model; GateError when its evaluation did not pass; the alias moves once approved."""
        return self.store(self.prepare(spec))

    def prepare(self, spec: Model) -> PreparedModel:
        """Make the bundle and find the key."""
        require_feature(self._session.provider, Feature.MODELS)
        spec = spec.with_changes(name=self._session.full_name(spec.name))
        if self._session.sample:  # nobody is asked about a model that is nothing but a rehearsal
            spec = spec.with_changes(approval="automatic")
        if not spec.model.startswith("job://"):
            raise InvalidSpecError(
                f"model {spec.name!r}: {spec.model!r} is not a training job's model", fix="job://<name>/model"
            )
        bundle = bundle_of_job(self._session, spec.model.split("/")[2])
        report = self._report(spec)
        parts: dict[str, object] = {
            "provider": self._session.provider.info.name,
            "bundle": bundle.digest,
            "job": bundle.job,  # equal bytes from other data or code are another version: the lineage differs
            "evaluation": report.job.name if report else "",
            "spec": {
                field: value for field, value in spec.content().items() if field not in ("name", "model", "evaluation")
            },
        }
        return PreparedModel(spec, Content("model", spec.name, parts), bundle, report)

    def completed(self, content: Content) -> ModelVersion | None:
        """The version that this content made before, if it is still there and in use."""
        version = self._models.find(key_of("models", content))
        return version if version and not version.retired else None

    def store(self, prepared: PreparedModel) -> ModelVersion:
        """Register once; move the alias when the version is approved."""
        if prepared.report is not None and not self._session.sample:
            prepared.report.require_passed()
        key = key_of("models", prepared.content)
        description = self._description(prepared)
        version = create_once(
            self._session.journal, "models", key, self._models.find,
            lambda: self._models.register(prepared.bundle.uri, description, key),
        )  # fmt: skip
        return self._with_alias(version, prepared.spec.alias)

    def get(self, name: str, version: int | str) -> ModelVersion:
        """One version by number or alias; NotFoundError."""
        if isinstance(version, int) or version.isdigit():
            return self._models.get(name, int(version))
        return self._models.resolve(name, version)

    def named(self, reference: str) -> ModelVersion:
        """The version that `name:3`, `name@alias` or `model://name/3` names; NotFoundError."""
        return artifacts.model_version(self._session, reference)

    def list(self, name: str = "") -> Iterator[ModelVersion]:
        """All versions, newest first; those of rehearsals only by name or in their project."""
        return (version for version in self._models.list(name) if name or listed(self._session, version.name))

    def approve(self, version: ModelVersion, *, reason: str = "", by: str = "") -> ModelVersion:
        """Record a person's approval; the alias the recipe asked for moves now."""
        decided = self._decide(version, "approved", reason, by)
        return self._with_alias(decided, decided.tags.get("alias") or None)

    def reject(self, version: ModelVersion, *, reason: str = "", by: str = "") -> ModelVersion:
        """Record a person's refusal; ConflictError while an alias points at the version."""
        if version.aliases:
            raise ConflictError(
                f"{version.name}:{version.version} is {', '.join(version.aliases)}", fix="move the alias first"
            )
        return self._decide(version, "rejected", reason, by)

    def alias(self, version: ModelVersion, alias: str) -> ModelVersion:
        """Point an alias at an approved version; it leaves the one it pointed at."""
        if version.approval != "approved":
            raise ConflictError(
                f"{version.name}:{version.version} is {version.approval}",
                fix=f"mlops-cloud models approve {version.name}:{version.version}",
            )
        return self._models.annotate(version, alias=alias)

    def unalias(self, version: ModelVersion, alias: str) -> ModelVersion:
        """Take an alias away; NotFoundError when it does not point at this version."""
        if alias not in version.aliases:
            have = ", ".join(version.aliases) or "none"
            raise NotFoundError(f"{version.name}:{version.version} has no alias {alias!r}", fix=f"its aliases: {have}")
        return self._models.annotate(version, drop_alias=alias)

    def download(self, version: ModelVersion, folder: Path) -> Bundle:
        """The bundle on this computer, every byte checked; CorruptStateError."""
        return download_verified(self._session, version.uri, version.digest, folder)

    def retire(self, version: ModelVersion) -> ModelVersion:
        """Take a version out of use and keep it."""
        return self._models.retire(version)

    def restore(self, version: ModelVersion) -> ModelVersion:
        """Take a retired version back into use."""
        return self._models.restore(version)

    def delete(self, version: ModelVersion) -> None:
        """Remove a version; ConflictError while an alias points at it."""
        self._models.delete(version)

    @property
    def _models(self) -> Models:
        models = self._session.provider.models
        if models is None:
            raise UnsupportedError(f"{self._session.provider.info.name} has no registry")
        return models

    def _report(self, spec: Model) -> EvaluationReport | None:
        if spec.evaluation is None:
            return None
        if not spec.evaluation.startswith("job://"):
            fix = "give the report of an evaluation: steps.<name>.report, or what evaluation.run() answered"
            raise InvalidSpecError(f"model {spec.name!r}: {spec.evaluation!r} is not an evaluation's report", fix=fix)
        job = job_records.job_named(self._session, spec.evaluation.split("/")[2])
        return EvaluationService(self._session).report(job)

    def _description(self, prepared: PreparedModel) -> ModelDescription:
        spec, report = prepared.spec, prepared.report
        return ModelDescription(
            spec.name,
            prepared.bundle.digest,
            lineage(prepared.bundle),
            report.document if report else {},
            "approved" if spec.approval == "automatic" else "pending",
            spec.description,
            {**spec.tags, **({"alias": spec.alias} if spec.alias else {})},
        )

    def _with_alias(self, version: ModelVersion, alias: str | None) -> ModelVersion:
        if alias is None or version.approval != "approved" or alias in version.aliases:
            return version
        return self._models.annotate(version, alias=alias)

    def _decide(self, version: ModelVersion, approval: Any, reason: str, by: str) -> ModelVersion:  # noqa: ANN401 - a literal
        decision = Decision(approval, by or getpass.getuser(), time.time(), reason)
        return self._models.annotate(version, decision=decision)


def lineage(bundle: StoredBundle) -> dict[str, Any]:
    """Where a model comes from: data, code, commit, parameters, lock and job."""
    record = bundle.description
    return {
        "job": bundle.job,
        "data": {port: entry["name"] for port, entry in record["inputs"].items()},
        "data_digests": {port: entry["digest"] for port, entry in record["inputs"].items()},
        "code": record["code"]["digest"],
        "git": record["git"],
        "parameters": record["spec"].get("parameters", {}),
        "lock": record["lock"].splitlines(),
    }
