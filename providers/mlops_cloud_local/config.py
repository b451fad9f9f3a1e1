"""The fields of a profile of this provider."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_cloud.specs.base import Spec
from mlops_cloud.specs.job import Variable
from mlops_cloud.specs.quantities import Duration
from mlops_cloud_local.interruptions import INTERRUPTIONS

SecretSource = Annotated[str, Field(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$", max_length=4096)]


class LocalConfig(Spec):
    """What can be set about jobs on this computer."""

    secrets: dict[Variable, SecretSource] = Field(
        default={}, description="Name -> env:NAME (a variable of the submitting process) or file:PATH."
    )
    stop_grace: Duration = Field(
        default=10,
        le=600,
        description="How long a job may go on after it was asked to stop, e.g. 10s; then it is killed.",
    )
    warm_start: bool = Field(
        default=True,
        description="Whether jobs may be given a copy of an interpreter that has its libraries loaded (Linux).",
    )
    network: Literal["any", "loopback"] = Field(
        default="any",
        description="With loopback, a job whose Python code wants to reach more than this computer may not, and fails.",
    )
    spot_interruptions: tuple[Annotated[Duration, Field(gt=0)], ...] = Field(
        default=INTERRUPTIONS,
        max_length=100,
        description="With compute.spot, the n-th attempt at a job is interrupted after the n-th of these, "
        "e.g. [5s, 1m]; later attempts run through.",
    )
