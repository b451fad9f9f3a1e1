"""The words of a recipe: kinds of steps, their specs, and what each offers to other steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from mlops_cloud.specs.base import Spec

TOP_FIELDS = ("recipe", "description", "requires", "vars", "defaults", "targets", "steps")
TARGET_FIELDS = ("profile", "vars", "defaults", "steps")
STEP_FIELDS = ("kind", "after", "when")
DEFAULTS_FIELDS = ("environment", "compute", "env", "secrets", "parameters", "code", "retry", "native")
ENTRY_FIELDS = ("script", "module", "command", "notebook")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of step."""

    spec: str
    """`module:Class` of what its fields are."""
    offers: dict[str, str]
    """What others may refer to -> the sort of thing it is; `outputs.*` stands for each declared output."""
    is_job: bool = False
    """Whether the recipe's `defaults` apply."""
    named_by_recipe: bool = False
    """Whether its `name` is the recipe's own when absent."""


_FILES = {"outputs.*": "file", "metrics.*": "metric"}
KINDS = {
    "processing": Kind("mlops_cloud.specs.job:ProcessingJob", _FILES, is_job=True),
    "training": Kind("mlops_cloud.specs.job:TrainingJob", {"model": "model", **_FILES}, is_job=True),
    "tuning": Kind(
        "mlops_cloud.specs.tuning:TuningJob",
        {"model": "model", "trials": "file", "parameters.*": "parameter", **_FILES},
        is_job=True,
    ),
    "evaluation": Kind(
        "mlops_cloud.specs.evaluation:Evaluation", {"report": "report", "metrics.*": "metric"}, is_job=True
    ),
    "batch_prediction": Kind(
        "mlops_cloud.specs.batch_prediction:BatchPrediction", {"predictions": "file", "summary": "file"}, is_job=True
    ),
    "dataset": Kind("mlops_cloud.specs.dataset:Dataset", {"version": "rows", "splits.*": "rows"}, named_by_recipe=True),
    "model": Kind("mlops_cloud.specs.model:Model", {"version": "version"}, named_by_recipe=True),
    "endpoint": Kind("mlops_cloud.specs.endpoint:Endpoint", {"endpoint": "endpoint"}, named_by_recipe=True),
    "monitor": Kind("mlops_cloud.specs.monitor:Monitor", {"monitor": "monitor"}, named_by_recipe=True),
}

_TAKEN_BY_JOBS = frozenset({"file", "rows", "model", "version", "report"})
TAKES: dict[tuple[str, str], frozenset[str]] = {
    ("processing", "inputs"): _TAKEN_BY_JOBS,
    ("training", "inputs"): _TAKEN_BY_JOBS,
    ("tuning", "inputs"): _TAKEN_BY_JOBS,
    ("dataset", "source"): frozenset({"file", "rows"}),
    ("evaluation", "model"): frozenset({"model", "version"}),
    ("evaluation", "champion"): frozenset({"version"}),
    ("evaluation", "data"): frozenset({"rows", "file"}),
    ("batch_prediction", "model"): frozenset({"model", "version"}),
    ("batch_prediction", "data"): frozenset({"rows", "file"}),
    ("model", "model"): frozenset({"model", "file"}),
    ("model", "evaluation"): frozenset({"report"}),
    ("endpoint", "model"): frozenset({"version"}),
    ("monitor", "endpoint"): frozenset({"endpoint"}),
    ("monitor", "baseline"): frozenset({"rows", "file"}),
}
"""(kind, field) -> the sorts of things a reference there may be; elsewhere any will do."""

SORTS = {
    "file": "an output of a job",
    "rows": "a dataset version or a split",
    "model": "the model of a training or tuning step",
    "version": "a registered model version",
    "report": "an evaluation's report",
    "metric": "a metric",
    "parameter": "a parameter of the best trial",
    "endpoint": "an endpoint",
    "monitor": "a monitor",
}


@cache
def spec_class(kind: str) -> type[Spec]:
    """The class of a kind's fields; only now is its module imported."""
    module, _, name = KINDS[kind].spec.partition(":")
    return cast("type[Spec]", getattr(import_module(module), name))
