"""Jobs that fail: the cause, the last lines, and nothing half made to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.testing.conformance.jobs_base import JobsBase

if TYPE_CHECKING:
    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Ref
    from mlops_cloud.results.jobs import Failure
    from mlops_cloud.testing.conformance.jobs_base import Prepare, Submit

_RAISES = """
import os
from pathlib import Path
Path(os.environ["MLOPS_OUTPUT_DIR"], "half.csv").write_text("half")
print("before the fall", flush=True)
def fit():
    raise ValueError("the data is empty: ä")
fit()
"""
_GREEDY = """
print("greedy", flush=True)
held = []
while True:
    held.append(bytearray(b"x") * (8 << 20))
"""


class JobFailures(JobsBase):
    """Why a job failed, as one can act on it."""

    def failed(self, jobs: Jobs, ref: Ref) -> Failure:
        """How the job failed; no output of it is visible."""
        job = self.ended(jobs, ref)
        assert job.status == JobStatus.FAILED
        assert job.outputs == {}
        assert job.failure is not None
        assert job.ended is not None
        return job.failure

    def test_a_script_that_raises(self, jobs: Jobs, submit: Submit) -> None:
        failure = self.failed(jobs, submit(_RAISES, outputs={"half": "half.csv"}))
        assert failure.cause == FailureCause.SCRIPT
        assert "the data is empty: ä" in failure.message
        assert "in fit" in failure.traceback
        assert failure.exit_code == 1
        assert "before the fall" in failure.log_tail

    def test_a_script_with_an_exit_code_of_its_own(self, jobs: Jobs, submit: Submit) -> None:
        failure = self.failed(jobs, submit("import sys\nprint('leaving')\nsys.exit(3)\n"))
        assert (failure.cause, failure.exit_code) == (FailureCause.SCRIPT, 3)
        assert "leaving" in failure.log_tail

    def test_a_script_that_is_killed(self, jobs: Jobs, submit: Submit) -> None:
        failure = self.failed(jobs, submit("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"))
        assert (failure.cause, failure.signal, failure.exit_code) == (FailureCause.SCRIPT, "SIGKILL", None)

    def test_a_declared_output_that_is_missing(self, jobs: Jobs, submit: Submit) -> None:
        script = "import os\nfrom pathlib import Path\nPath(os.environ['MLOPS_OUTPUT_DIR'], 'other').write_text('x')\n"
        failure = self.failed(jobs, submit(script, outputs={"table": "table.csv", "other": "other"}))
        assert failure.cause == FailureCause.CONTRACT
        assert "table.csv" in failure.message

    def test_longer_than_allowed(self, provider: Provider, jobs: Jobs, submit: Submit) -> None:
        script = "import time\nprint('slow', flush=True)\ntime.sleep(600)\n"
        ref = submit(script, compute={"max_runtime": 1})
        if not provider.capabilities[Feature.TIME_LIMIT].usable:
            self.until(lambda: "slow" in jobs.logs(ref).lines)
            assert self.stop(jobs, ref).status == JobStatus.CANCELLED
            return
        failure = self.failed(jobs, ref)
        assert failure.cause == FailureCause.TIMEOUT
        assert "slow" in failure.log_tail

    def test_more_memory_than_allowed(self, provider: Provider, jobs: Jobs, submit: Submit, prepare: Prepare) -> None:
        compute = {"memory": "96Mi", "max_runtime": 30}
        spec, _ = prepare(_GREEDY, compute=compute)
        if not provider.capabilities[Feature.MEMORY_LIMIT].usable:
            assert any(refusal.field == "compute.memory" for refusal in provider.check(spec))
            return
        failure = self.failed(jobs, submit(_GREEDY, compute=compute))
        assert failure.cause == FailureCause.MEMORY

    def test_a_failed_job_keeps_its_key(self, jobs: Jobs, prepare: Prepare) -> None:
        spec, context = prepare("raise SystemExit(3)")
        ref = jobs.submit(spec, context)
        self.failed(jobs, ref)
        assert jobs.submit(spec, context) == ref, "a deliberate retry has a key of its own"
