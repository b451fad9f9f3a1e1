"""Monitors: one portable job, run by the provider's schedule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.identity import Key, Ref
    from mlops_cloud.results.monitors import Execution, ScheduledMonitor
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import ProcessingJob
    from mlops_cloud.specs.monitor import Monitor


class Monitors(ABC):
    """The primitives of the monitors family; all but `delete` that take a Ref raise NotFoundError for an unknown."""

    @abstractmethod
    def create(self, monitor: Monitor, job: ProcessingJob, context: RequestContext, key: Key) -> Ref:
        """Schedule the compiled job; a second create with the same key returns the first."""

    @abstractmethod
    def run(self, ref: Ref) -> Execution:
        """Start one execution now."""

    @abstractmethod
    def executions(self, ref: Ref) -> Iterator[Execution]:
        """Its executions, newest first."""

    @abstractmethod
    def pause(self, ref: Ref) -> None:
        """Start no more executions; one that is paused stays so."""

    @abstractmethod
    def resume(self, ref: Ref) -> None:
        """Start executions again by schedule, from now on: what was due meanwhile is left out."""

    @abstractmethod
    def get(self, ref: Ref) -> ScheduledMonitor:
        """The monitor as it is scheduled."""

    @abstractmethod
    def find(self, key: Key) -> Ref | None:
        """The monitor that a create with this key made, if any; None once it is deleted."""

    @abstractmethod
    def list(self) -> Iterator[Ref]:
        """Our monitors, by name."""

    @abstractmethod
    def delete(self, ref: Ref) -> None:
        """Remove it and its schedule; one that is not there is no error."""
