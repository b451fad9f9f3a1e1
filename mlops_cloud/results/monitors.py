"""Runs of a monitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Ref, Uri
    from mlops_cloud.results.jobs import JobStatus


@dataclass(frozen=True, slots=True)
class Execution:
    """One scheduled or manual run of a monitor."""

    monitor: Ref
    scheduled: float
    """Seconds since 1970, UTC."""
    status: JobStatus
    report: Uri | None = None
