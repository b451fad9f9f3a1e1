"""Jobs: training, processing, native tuning and batch prediction, told apart by the spec."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.identity import Key, Ref
    from mlops_cloud.results.jobs import Job, LogPage, Trial
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec


class Jobs(ABC):
    """The primitives of the jobs family; nothing here waits."""

    @abstractmethod
    def submit(self, spec: JobSpec, context: RequestContext) -> Ref:
        """Start a job and return at once; a second submit with the same key returns the first job.

        Inputs, archive and packages are the context's addresses, in this provider's storage.
        """

    def expect(self, spec: JobSpec, context: RequestContext) -> None:  # noqa: B027 - most have nothing to get ready
        """Get ready, as far as that makes nothing of it, for a job much like this one; key and inputs are not real."""

    @abstractmethod
    def get(self, ref: Ref) -> Job:
        """The job as it is now, with metrics, outputs and the cause of a failure; NotFoundError."""

    @abstractmethod
    def find(self, key: Key) -> Ref | None:
        """The job that a submit with this key made, if any; None once it is deleted."""

    @abstractmethod
    def list(self, since: float | None = None) -> Iterator[Ref]:
        """Our jobs, newest first; created after `since` (seconds since 1970, UTC) when given."""

    @abstractmethod
    def trials(self, ref: Ref) -> Iterator[Trial]:
        """The trials of a native tuning job; none for other jobs."""

    @abstractmethod
    def logs(self, ref: Ref, cursor: str = "") -> LogPage:
        """The next lines of the log; an empty cursor starts at the beginning; NotFoundError."""

    def pause(self, ref: Ref, seconds: float) -> None:  # noqa: ARG002 - for providers that can see a job end
        """Let at most so many seconds pass; back sooner when the job has ended, where that can be seen for nothing."""
        time.sleep(seconds)

    @abstractmethod
    def cancel(self, ref: Ref) -> None:
        """Ask the job to stop; one that has ended is left as it is; NotFoundError when it was never there."""

    @abstractmethod
    def delete(self, ref: Ref) -> None:
        """Remove an ended job and its outputs; ConflictError while it runs; one that is not there is no error."""
