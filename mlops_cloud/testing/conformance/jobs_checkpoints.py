"""Jobs that end half-way: what they saved is there for the next attempt; and machines that are taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.testing.conformance.jobs_base import JobsBase

if TYPE_CHECKING:
    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Ref, Uri
    from mlops_cloud.testing.conformance.jobs_base import Prepare

COUNTS = """
import os, sys, time
from pathlib import Path
folder = Path(os.environ["MLOPS_CHECKPOINT_DIR"])
(folder / "deep").mkdir(exist_ok=True)
state = folder / "deep" / "state.txt"
seen = int(state.read_text()) if state.exists() else 0
state.write_text(str(seen + 1))
print("seen", seen, flush=True)
"""
"""A script that counts the attempts by its checkpoint."""
_HOLDS = COUNTS + "time.sleep(600)\n"
_STATE = "deep/state.txt"


class JobCheckpoints(JobsBase):
    """What jobs leave for those with the same `checkpoint` in their context."""

    interrupted: ClassVar[dict[str, Any]] = {}
    """Fields of a job that loses its machine a second or so after it began, where that can be brought about."""

    def attempt(self, jobs: Jobs, prepare: Prepare, script: str, place: Uri, number: int, **fields: Any) -> Ref:  # noqa: ANN401 - a spec's
        """A job of this number among those that keep their checkpoints at one place."""
        spec, context = prepare(script, **fields)
        return jobs.submit(spec, replace(context, checkpoint=place, attempt=number))

    def held(self, jobs: Jobs, ref: Ref, line: str) -> Ref:
        """The job, once it has printed the line."""
        self.until(lambda: line in jobs.logs(ref).lines or jobs.get(ref).status.ended)
        return ref

    def test_the_next_attempt_finds_what_the_last_had_saved(
        self, provider: Provider, jobs: Jobs, prepare: Prepare
    ) -> None:
        place = self.prefix(provider, "checkpoint")
        for number in range(2):
            ref = self.held(jobs, self.attempt(jobs, prepare, _HOLDS, place, number), f"seen {number}")
            assert self.stop(jobs, ref).status == JobStatus.CANCELLED
            self.until(lambda: _STATE in self.names_below(provider, place))
            assert self.log(jobs, ref)[0] == f"seen {number}"
        last = self.succeeded(jobs, self.attempt(jobs, prepare, COUNTS, place, 2))
        assert self.log(jobs, last.ref) == ["seen 2"]
        assert self.read(provider, type(place)(f"{last.outputs['checkpoint']}/{_STATE}")) == b"3"

    def test_a_job_without_a_place_begins_anew(self, jobs: Jobs, prepare: Prepare) -> None:
        self.stop(jobs, self.held(jobs, jobs.submit(*prepare(_HOLDS)), "seen 0"))
        assert self.log(jobs, self.succeeded(jobs, jobs.submit(*prepare(COUNTS))).ref) == ["seen 0"]

    def test_places_are_apart(self, provider: Provider, jobs: Jobs, prepare: Prepare) -> None:
        first, second = self.prefix(provider, "checkpoint"), self.prefix(provider, "checkpoint")
        self.stop(jobs, self.held(jobs, self.attempt(jobs, prepare, _HOLDS, first, 0), "seen 0"))
        other = self.succeeded(jobs, self.attempt(jobs, prepare, COUNTS, second, 0))
        assert self.log(jobs, other.ref) == ["seen 0"]

    def test_a_machine_that_is_taken_away(self, provider: Provider, jobs: Jobs, prepare: Prepare) -> None:
        compute = {"compute": {"spot": True}}
        if not provider.capabilities[Feature.SPOT].usable:
            spec, _ = prepare(COUNTS, **compute)
            assert any(refusal.field == "compute.spot" for refusal in provider.check(spec))
            return
        place = self.prefix(provider, "checkpoint")
        first = 0
        if self.interrupted:
            job = self.ended(jobs, self.attempt(jobs, prepare, _HOLDS, place, first, **compute | self.interrupted))
            assert (job.status, job.outputs) == (JobStatus.FAILED, {})
            assert job.failure is not None
            assert job.failure.cause == FailureCause.SPOT
            assert job.failure.log_tail[:1] == ("seen 0",)
            first = 1
        last = self.succeeded(jobs, self.attempt(jobs, prepare, COUNTS, place, first, **compute))
        assert self.log(jobs, last.ref) == [f"seen {first}"]
