"""Jobs: every verb, what a script sees, how it fails, what it prints."""

from __future__ import annotations

from mlops_cloud.testing.conformance.jobs_checkpoints import JobCheckpoints
from mlops_cloud.testing.conformance.jobs_contract import JobContract
from mlops_cloud.testing.conformance.jobs_failures import JobFailures
from mlops_cloud.testing.conformance.jobs_lifecycle import JobLifecycle
from mlops_cloud.testing.conformance.jobs_logs import JobLogs


class JobsConformance(JobLifecycle, JobContract, JobFailures, JobLogs, JobCheckpoints):
    """The jobs family."""
