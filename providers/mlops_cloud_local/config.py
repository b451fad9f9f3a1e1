"""The fields of a profile of this provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlops_cloud.specs.base import Spec
from mlops_cloud.specs.job import Variable
from mlops_cloud.specs.quantities import Duration

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
