"""Batch predictions: a model's answer to every row of a table of any size."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import Name, Source, Spec
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.environment import Environment
from mlops_cloud.specs.job import Retry, Variable


class BatchPrediction(Spec):
    """One model's predictions for the rows of one dataset, in their order."""

    name: Name = Field(default="batch-prediction", description="What the job's generated name begins with.")
    model: Source = Field(description="A training job's model, or a registered version.")
    data: Source = Field(
        description="The rows to predict: a dataset, a split, a file, or a folder whose files are read by their names."
    )
    columns: Literal["all"] | tuple[str, ...] = Field(
        default=(), description="Columns of the data that stand beside the predictions, or `all`."
    )
    output: Literal["csv", "parquet"] = Field(default="csv", description="Form of the one file of predictions.")
    probabilities: bool = Field(default=False, description="A column probability_<class> for every class too.")
    chunk_rows: int = Field(
        default=100_000,
        ge=1,
        le=10_000_000,
        description="Rows that are predicted together and kept together (count); memory grows with it.",
    )
    engine: Literal["portable", "native"] = Field(
        default="portable", description="Our own job, the same everywhere, or the provider's own service."
    )
    environment: Environment = Field(default=Environment(), description="Python, packages or image.")
    compute: Compute = Field(default=Compute(), description="Machine and time limit.")
    env: dict[Variable, str] = Field(default={}, description="Environment variables; nothing secret.")
    secrets: tuple[Variable, ...] = Field(
        default=(), description="Names resolved inside the job from the profile's secrets; never logged or stored."
    )
    retry: Retry = Field(default=Retry(times=0), description="New attempts, by cause; each goes on where one ended.")
    native: dict[str, dict[str, Any]] = Field(
        default={}, description="Provider name -> fields merged last into its request."
    )

    @model_validator(mode="after")
    def _columns_once(self) -> Self:
        twice = {name for name in self.columns if self.columns.count(name) > 1} if self.columns != "all" else set()
        if twice:
            message = f"columns: {min(twice)!r} is named twice"
            raise ValueError(message)
        return self
