"""Whether a job that failed is started again: by its cause, as often as its spec says, after a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import DeadlineExceededError, ProviderError, QuotaExceededError, ThrottledError
from mlops_cloud.results.jobs import FailureCause
from mlops_cloud.specs.quantities import duration_text

if TYPE_CHECKING:
    from mlops_cloud.errors import MlopsCloudError
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.job import JobSpec

PROVIDER_ERRORS = (QuotaExceededError, ProviderError, ThrottledError, DeadlineExceededError)
"""What a provider answers when it has no machine to give, or fails by itself."""


class Retries:
    """The new attempts that one job may still have."""

    def __init__(self, session: Session, spec: JobSpec) -> None:
        self._session = session
        self._name = spec.name
        self._retry = spec.effective_retry
        self._jobs = 0
        self._errors = 0

    def after(self, job: Job, number: int) -> bool:
        """Whether to start again after this job, the attempt of this number; told, and waited for."""
        if job.failure is None:
            return False
        self._jobs = number
        return self._again(job.failure.cause, job.failure.message)

    def after_error(self, exc: MlopsCloudError) -> bool:
        """The same when the provider itself refused or failed; the key stays, so that what it made is found."""
        self._errors += 1
        return self._again(
            FailureCause.QUOTA if isinstance(exc, QuotaExceededError) else FailureCause.PROVIDER, exc.what
        )

    def _again(self, cause: FailureCause, message: str) -> bool:
        used = self._jobs + self._errors
        if cause not in self._retry.on or used > self._retry.times:
            return False
        pause = f" in {duration_text(self._retry.wait)}" if self._retry.wait else ""
        text = f"attempt {used + 1} of {self._retry.times + 1}{pause}: {message}"
        self._session.tell("retried", self._name, text)
        return not self._session.stopping.wait(self._retry.wait)
