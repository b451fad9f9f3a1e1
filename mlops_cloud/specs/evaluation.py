"""Evaluations: metrics with intervals, per slice, against gates and the champion."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import Name, Source, Spec
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.environment import Environment

CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "auc", "pr_auc", "log_loss")
REGRESSION = ("mae", "rmse", "r2", "mape")


class Gate(Spec):
    """The limits one metric must keep."""

    min: float | None = Field(default=None, description="Smallest value (in the metric's own unit).")
    max: float | None = Field(default=None, description="Largest value (in the metric's own unit).")
    bound: Literal["value", "lower", "upper"] = Field(
        default="value", description="What is compared: the value, or an end of its 95 % interval."
    )

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.min is None and self.max is None:
            message = "a gate needs min: or max:"
            raise ValueError(message)
        return self


class ChampionGate(Spec):
    """How much one metric may be worse than the champion's on the same rows."""

    may_lose: float = Field(default=0.0, ge=0, description="Largest loss (in the metric's own unit).")


class Gates(Spec):
    """Metric -> limits; `champion` compares with the model that now holds the alias."""

    accuracy: Gate | None = Field(default=None, description="Share of right answers, 0 to 1.")
    precision: Gate | None = Field(default=None, description="Share of positives that are right, 0 to 1.")
    recall: Gate | None = Field(default=None, description="Share of positives that are found, 0 to 1.")
    f1: Gate | None = Field(default=None, description="Harmonic mean of precision and recall, 0 to 1.")
    auc: Gate | None = Field(default=None, description="Area under the ROC curve, 0 to 1.")
    pr_auc: Gate | None = Field(default=None, description="Average precision, 0 to 1.")
    log_loss: Gate | None = Field(default=None, description="Negative mean log likelihood in nats; smaller is better.")
    mae: Gate | None = Field(default=None, description="Mean absolute error in the target's unit; smaller is better.")
    rmse: Gate | None = Field(default=None, description="Root mean squared error in the target's unit.")
    r2: Gate | None = Field(default=None, description="Share of variance explained, at most 1.")
    mape: Gate | None = Field(default=None, description="Mean absolute error as a fraction of the target.")
    champion: dict[Literal[CLASSIFICATION + REGRESSION], ChampionGate] = Field(  # type: ignore[valid-type]
        default={}, description="Metric -> how much worse than the champion is allowed."
    )


class Evaluation(Spec):
    """One model measured on one dataset."""

    name: Name = Field(default="evaluation", description="What the job's generated name begins with.")
    model: Source = Field(description="A training job's model, or a registered version.")
    data: Source = Field(description="The rows to predict: a split, a dataset or a file.")
    task: Literal["classification", "regression"] = Field(description="What kind of answer the model gives.")
    target: str = Field(default="", description="The true column; the dataset's own target when empty.")
    positive: str | int | bool | None = Field(default=None, description="The class that counts as positive.")
    slices: tuple[str, ...] = Field(default=(), description="Columns by whose values metrics are repeated.")
    gates: Gates = Field(default=Gates(), description="Limits that stop the recipe when they are missed.")
    champion: str = Field(
        default="", description="Model to compare with, e.g. churn@champion; the step's own model name."
    )
    seed: int = Field(default=0, ge=0, le=2**63 - 1, description="Seed of the bootstrap.")
    resamples: int = Field(default=1000, ge=100, le=100_000, description="Bootstrap resamples (count).")
    environment: Environment = Field(
        default=Environment(), description="Python and packages; the model's own if absent."
    )
    compute: Compute = Field(default=Compute(), description="Machine and time limit.")
