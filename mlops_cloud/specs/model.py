"""Models: a bundle that becomes a registered version."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_cloud.specs.base import Name, Source, Spec

Alias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,61}[a-z0-9]$")]


class Model(Spec):
    """A trained model and the name it is registered under."""

    name: Name = Field(description="The model's name; a recipe's own name when absent there.")
    model: Source = Field(description="A training job's model, or a folder with model files.")
    evaluation: Source | None = Field(default=None, description="The report whose gates must have passed.")
    alias: Alias | None = Field(default=None, description="Alias that moves to this version, e.g. champion.")
    approval: Literal["automatic", "manual"] = Field(
        default="automatic", description="manual: the run waits until a person approves."
    )
    description: str = Field(default="", max_length=4000, description="What the model is for, in a sentence.")
    tags: dict[str, str] = Field(default={}, description="Further labels.")
