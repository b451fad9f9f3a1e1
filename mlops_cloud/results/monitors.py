"""Monitors as they are scheduled, and their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Ref, Uri
    from mlops_cloud.results.jobs import JobStatus
    from mlops_cloud.specs.monitor import Monitor


@dataclass(frozen=True, slots=True)
class ScheduledMonitor:
    """A monitor as the provider has it now."""

    ref: Ref
    spec: Monitor
    paused: bool
    next_run: float | None
    """Seconds since 1970, UTC; None while it is paused, or when the provider does not tell."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One scheduled or manual run of a monitor."""

    monitor: Ref
    scheduled: float
    """Seconds since 1970, UTC."""
    status: JobStatus
    report: Uri | None = None
