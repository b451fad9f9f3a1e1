"""The fields of a profile of the stub."""

from __future__ import annotations

from pydantic import Field

from mlops_cloud.specs.base import Spec


class StubConfig(Spec):
    """Which secrets of the cloud's vault jobs may ask for."""

    secrets: tuple[str, ...] = Field(default=(), description="Names in the vault.")
