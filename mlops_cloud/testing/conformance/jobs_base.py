"""Scripts as jobs: packed, submitted and followed by polling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.job import ProcessingJob, TrainingJob
from mlops_cloud.testing.archives import SCRIPT, stored_archive
from mlops_cloud.testing.conformance.base import Conformance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Key, Ref, Uri
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.specs.job import JobSpec

    Prepare = Callable[..., "tuple[JobSpec, RequestContext]"]
    Submit = Callable[..., Ref]

HOLD = "import time\nprint('holding', flush=True)\ntime.sleep(600)\n"
"""A script that runs until it is stopped."""


class JobsBase(Conformance):
    """What the checks of jobs share."""

    job_fields: ClassVar[dict[str, Any]] = {}
    """Fields of every job, where the provider needs some, e.g. an environment with an image."""

    @pytest.fixture
    def jobs(self, provider: Provider) -> Jobs:
        """The family under test."""
        assert provider.jobs is not None, "declare it as lacking, and leave this class out"
        return provider.jobs

    @pytest.fixture
    def prepare(self, provider: Provider, tmp_path: Path) -> Prepare:
        """Gives spec and context of a job that runs a script's text; other arguments are the spec's fields."""

        def prepared(
            script: str,
            *,
            key: Key | None = None,
            inputs: dict[str, Uri] | None = None,
            training: bool = False,
            **fields: Any,  # noqa: ANN401 - the fields of a spec
        ) -> tuple[JobSpec, RequestContext]:
            given = {"name": "kit-job", "script": SCRIPT, **self.job_fields, **fields}
            spec = (TrainingJob if training else ProcessingJob)(**given)
            code = stored_archive(provider.storage, tmp_path, script, spec.outputs)
            used = key or self.key("jobs", "kit-job")
            return spec, RequestContext(used, self.project, code, inputs=inputs or {}, tags={"team": "crm"})

        return prepared

    @pytest.fixture
    def submit(self, jobs: Jobs, prepare: Prepare) -> Submit:
        """Starts such a job."""

        def submitted(script: str, **given: Any) -> Ref:  # noqa: ANN401 - as above
            return jobs.submit(*prepare(script, **given))

        return submitted

    def ended(self, jobs: Jobs, ref: Ref) -> Job:
        """The job when it has ended."""
        return self.until(lambda: job if (job := jobs.get(ref)).status.ended else None) or jobs.get(ref)

    def succeeded(self, jobs: Jobs, ref: Ref) -> Job:
        """The job, which must have succeeded."""
        job = self.ended(jobs, ref)
        assert job.failure is None
        assert job.status == "succeeded"
        return job

    def log(self, jobs: Jobs, ref: Ref) -> list[str]:
        """The whole log of an ended job, page by page."""
        lines: list[str] = []
        cursor = ""

        def read() -> bool:
            nonlocal cursor
            page = jobs.logs(ref, cursor)
            lines.extend(page.lines)
            cursor = page.cursor
            return page.ended

        self.until(read)
        return lines

    def stop(self, jobs: Jobs, ref: Ref) -> Job:
        """The job, cancelled."""
        jobs.cancel(ref)
        return self.ended(jobs, ref)
