"""Monitors: an endpoint watched on a schedule."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mlops_cloud.specs.base import Name, Source, Spec


class Monitor(Spec):
    """What is watched, against which baseline, and when."""

    name: Name = Field(description="The monitor's name.")
    endpoint: Source = Field(description="The endpoint whose capture is read.")
    baseline: Source = Field(description="The dataset or split that is normal.")
    signals: dict[str, dict[str, Any]] = Field(default={}, description="Signal -> its limits.")
    schedule: str = Field(default="", max_length=100, description="A cron line in UTC unless timezone says otherwise.")
    timezone: str = Field(default="UTC", max_length=64, description="IANA name of the schedule's time zone.")
