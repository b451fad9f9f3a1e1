"""Jobs from submit to delete: keys, states, lists, cancellation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import ConflictError, NotFoundError, UnsupportedError
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.testing.conformance.jobs_base import HOLD, JobsBase

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.testing.conformance.jobs_base import Prepare, Submit

_NOTHING = Ref("jobs", "processing", "kit-nothing-0123456789ab", "kit-nothing-0123456789ab")
_QUICK = "print('done')\n"


class JobLifecycle(JobsBase):
    """One job, from its key to its end."""

    def test_submit_returns_at_once_and_the_job_runs(self, jobs: Jobs, submit: Submit) -> None:
        key = self.key("jobs", "kit-job")
        ref = submit(HOLD, key=key)
        try:
            assert (ref.family, ref.name != "", ref.native_id != "") == ("jobs", True, True)
            assert jobs.get(ref).status in (JobStatus.PENDING, JobStatus.RUNNING)
            self.until(lambda: jobs.get(ref).status == JobStatus.RUNNING)
            job = jobs.get(ref)
            assert (job.ref, job.key, job.outputs, job.failure) == (ref, key.digest, {}, None)
            assert job.created > 0
            assert job.started is not None
            assert job.ended is None
        finally:
            self.stop(jobs, ref)

    def test_a_job_that_ends_well(self, jobs: Jobs, submit: Submit) -> None:
        job = self.succeeded(jobs, submit(_QUICK))
        assert job.started is not None
        assert job.ended is not None
        assert job.created <= job.started <= job.ended

    def test_same_key_same_job(self, jobs: Jobs, prepare: Prepare, another: Callable[[], Provider]) -> None:
        spec, context = prepare(_QUICK)
        ref = jobs.submit(spec, context)
        assert jobs.submit(spec, context) == ref
        other = another()
        try:
            assert other.jobs is not None
            assert other.jobs.find(context.key) == ref
            assert other.jobs.submit(spec, context) == ref
        finally:
            other.close()
        self.ended(jobs, ref)
        assert jobs.submit(spec, context) == ref
        assert list(jobs.list()) == [ref]

    def test_many_threads_start_one_job(self, jobs: Jobs, prepare: Prepare) -> None:
        spec, context = prepare(_QUICK)
        with ThreadPoolExecutor(4) as pool:
            refs = set(pool.map(lambda _: jobs.submit(spec, context), range(4)))
        assert len(refs) == 1
        assert list(jobs.list()) == list(refs)
        self.ended(jobs, refs.pop())

    def test_another_key_another_job(self, jobs: Jobs, prepare: Prepare) -> None:
        (spec, first), (_, second) = prepare(_QUICK), prepare(_QUICK)
        refs = [jobs.submit(spec, first), jobs.submit(spec, second)]
        assert refs[0] != refs[1]
        for ref in refs:
            self.ended(jobs, ref)

    def test_a_job_outlives_its_provider_object(
        self, submit: Submit, provider: Provider, another: Callable[[], Provider]
    ) -> None:
        ref = submit("import time\ntime.sleep(0.3)\nprint('survived')\n")
        provider.close()
        other = another()
        try:
            assert other.jobs is not None
            self.succeeded(other.jobs, ref)
            assert "survived" in self.log(other.jobs, ref)
        finally:
            other.close()

    def test_listed_newest_first(self, jobs: Jobs, submit: Submit) -> None:
        first = submit(_QUICK)
        created = self.ended(jobs, first).created
        second = submit(_QUICK)
        assert list(jobs.list()) == [second, first]
        later = self.ended(jobs, second).created
        assert created < later
        assert list(jobs.list(since=(created + later) / 2)) == [second]
        assert list(jobs.list(since=later + 1)) == []

    def test_what_is_not_there(self, jobs: Jobs) -> None:
        with pytest.raises(NotFoundError):
            jobs.get(_NOTHING)
        with pytest.raises(NotFoundError):
            jobs.logs(_NOTHING)
        with pytest.raises(NotFoundError):
            jobs.cancel(_NOTHING)
        assert jobs.find(self.key("jobs", "kit-job", "never made")) is None
        assert list(jobs.list()) == []

    def test_cancelled_while_running(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit(HOLD)
        self.until(lambda: jobs.get(ref).status == JobStatus.RUNNING)
        job = self.stop(jobs, ref)
        assert job.status == JobStatus.CANCELLED
        assert job.outputs == {}
        assert job.ended is not None

    def test_cancelled_before_it_runs_or_soon_after(self, jobs: Jobs, submit: Submit) -> None:
        assert self.stop(jobs, submit(HOLD)).status == JobStatus.CANCELLED

    def test_cancel_after_the_end_is_nothing(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit(_QUICK)
        job = self.succeeded(jobs, ref)
        jobs.cancel(ref)
        assert jobs.get(ref) == job

    def test_a_job_asked_to_stop_may_save_its_work(self, jobs: Jobs, submit: Submit) -> None:
        script = (
            "import os, signal, sys, time\n"
            "def stop(*_):\n"
            "    print('saving', flush=True)\n"
            "    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, stop)\n"
            "print('ready', flush=True)\n"
            "time.sleep(600)\n"
        )
        ref = submit(script)
        self.until(lambda: "ready" in jobs.logs(ref).lines)
        assert self.stop(jobs, ref).status == JobStatus.CANCELLED
        assert "saving" in self.log(jobs, ref)

    def test_deleted_when_ended(self, jobs: Jobs, submit: Submit, provider: Provider) -> None:
        key = self.key("jobs", "kit-job")
        ref = submit(HOLD, key=key)
        if not provider.capabilities[Feature.DELETE_JOBS].usable:
            self.stop(jobs, ref)
            with pytest.raises(UnsupportedError):
                jobs.delete(ref)
            return
        with pytest.raises(ConflictError):
            jobs.delete(ref)
        self.stop(jobs, ref)
        for _ in range(2):
            jobs.delete(ref)
        with pytest.raises(NotFoundError):
            jobs.get(ref)
        assert jobs.find(key) is None
        assert list(jobs.list()) == []
        jobs.delete(_NOTHING)

    def test_no_trials_without_tuning(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit(_QUICK)
        assert list(jobs.trials(ref)) == []
        self.ended(jobs, ref)

    def test_ours_are_owned(self, provider: Provider, jobs: Jobs, submit: Submit) -> None:
        ref = submit(_QUICK)
        assert ref in list(provider.owned())
        self.ended(jobs, ref)
