"""A tuning's key, and the jobs of its trials: the same job but for its parameters, made ready once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.services.keys import Content
from mlops_cloud.specs.job import TrainingJob

if TYPE_CHECKING:
    from mlops_cloud.services.jobs import PreparedJob
    from mlops_cloud.services.tuning_proposals import Parameters
    from mlops_cloud.specs.tuning import Search, TuningJob


@dataclass(frozen=True, slots=True)
class PreparedTuning:
    """A tuning whose code, inputs and environment are known, and therefore its key and that of every trial."""

    spec: TuningJob
    content: Content
    job: PreparedJob
    """What all trials have in common."""

    def parameters(self, trial: Parameters) -> dict[str, Any]:
        """All parameters of a trial."""
        return {**self.spec.parameters, **trial}

    def trial(self, parameters: Parameters) -> PreparedJob:
        """The job of one trial; parameters that were tried before, in whatever tuning of it, give the same one."""
        spec = self.job.spec.with_changes(parameters=self.parameters(parameters))
        common = self.job.content
        fields: Any = common.parts["spec"]
        parts = {**common.parts, "spec": {**fields, "parameters": spec.content()["parameters"]}}
        return replace(self.job, spec=spec, content=Content(common.kind, common.name, parts))


def training_job(spec: TuningJob) -> TrainingJob:
    """What all trials have in common, as the spec of a training job that reports the metric."""
    given = {name: getattr(spec, name) for name in TrainingJob.model_fields if name in spec.model_fields_set}
    return TrainingJob.model_construct(**given | {"metrics": tuple(dict.fromkeys((*spec.metrics, spec.search.metric)))})


def tuning_content(spec: TuningJob, job: PreparedJob) -> Content:
    """Everything that decides a tuning's result."""
    return Content("tuning", spec.name, {**job.content.parts, "search": _deciding(spec.search)})


def _deciding(search: Search) -> dict[str, Any]:
    # How many run side by side changes what is proposed only where proposals come from what was found.
    left_out = () if search.strategy == "bayesian" else ("parallel",)
    return {name: value for name, value in search.content().items() if name not in left_out}
