"""Monitors: an endpoint watched on a schedule."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mlops_cloud.specs.base import Name, Source, Spec
from mlops_cloud.specs.quantities import Duration


class OnAlert(Spec):
    """What follows an alert by itself."""

    run: str = Field(
        default="", max_length=1024, description="`self`: run this recipe again; else the path of another recipe."
    )
    cooldown: Duration = Field(default=86400, description="At most one such run in this time, e.g. 1d.")


class Monitor(Spec):
    """What is watched, against which baseline, and when."""

    name: Name = Field(description="The monitor's name.")
    endpoint: Source = Field(description="The endpoint whose capture is read.")
    baseline: Source = Field(description="The dataset or split that is normal.")
    signals: dict[str, dict[str, Any]] = Field(default={}, description="Signal -> its limits.")
    schedule: str = Field(default="", max_length=100, description="A cron line in UTC unless timezone says otherwise.")
    timezone: str = Field(default="UTC", max_length=64, description="IANA name of the schedule's time zone.")
    on_alert: OnAlert | None = Field(default=None, description="What follows an alert by itself.")
