"""Endpoints: a registered model that answers requests."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mlops_cloud.specs.base import Name, Source, Spec
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.environment import Environment
from mlops_cloud.specs.quantities import Duration, Fraction, Limit


class Limits(Spec):
    """A lower and an upper limit."""

    min: Limit | None = Field(default=None, description="Smallest value: a number, 1% or 200ms.")
    max: Limit | None = Field(default=None, description="Largest value: a number, 1% or 200ms.")


class Canary(Spec):
    """A new model's traffic in steps, each held and watched."""

    steps: tuple[Fraction, ...] = Field(default=(0.1, 1.0), description="Shares of the traffic, e.g. [10%, 100%].")
    hold: Duration = Field(default=60, description="How long each step is watched, e.g. 10m.")
    abort_if: dict[str, Limits] = Field(default={}, description="Metric -> limits; outside them the old model returns.")


class Scaling(Spec):
    """Between how many copies an endpoint may have."""

    min: int = Field(default=1, ge=0, le=1000, description="Fewest copies (count); 0 may sleep.")
    max: int = Field(default=1, ge=1, le=1000, description="Most copies (count).")


class Capture(Spec):
    """Which share of requests and answers is kept."""

    rate: Fraction = Field(default=0.0, description="Share of the requests, e.g. 100%.")


class Endpoint(Spec):
    """A model that serves under a name of its own."""

    name: Name = Field(description="The endpoint's name; a recipe's own name when absent there.")
    model: Source = Field(description="A registered version, e.g. churn@champion or churn:3.")
    environment: Environment = Field(
        default=Environment(), description="Python and packages; the model's own if absent."
    )
    compute: Compute = Field(default=Compute(), description="Machine of one copy.")
    scaling: Scaling = Field(default=Scaling(), description="Between how many copies.")
    canary: Canary | None = Field(default=None, description="How a new model takes over.")
    capture: Capture = Field(default=Capture(), description="What is recorded.")
    ttl: Duration | None = Field(default=None, description="The endpoint ends by itself after this long, e.g. 4h.")
    native: dict[str, dict[str, Any]] = Field(
        default={}, description="Provider name -> fields merged last into its request."
    )
