"""Logs, page by page: every line once, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.testing.conformance.jobs_base import JobsBase

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.testing.conformance.jobs_base import Submit

_LINES = 3000
_MANY = f"for number in range({_LINES}):\n    print(f'line {{number}} ' + 'é' * 60)\n"


class JobLogs(JobsBase):
    """What a job printed."""

    def test_pages_make_the_whole_log(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit(_MANY)
        while_running = self.log(jobs, ref)
        self.succeeded(jobs, ref)
        ours = [line for line in while_running if line.startswith("line ")]
        assert ours == [f"line {number} " + "é" * 60 for number in range(_LINES)]
        assert self.log(jobs, ref) == while_running, "a second reader sees the same"

    def test_a_cursor_goes_on_where_it_stopped(
        self, jobs: Jobs, submit: Submit, another: Callable[[], Provider]
    ) -> None:
        ref = submit("print('first', flush=True)\nimport time\ntime.sleep(600)\n")
        self.until(lambda: "first" in jobs.logs(ref).lines)
        page = jobs.logs(ref)
        assert not page.ended
        self.stop(jobs, ref)
        other = another()
        try:
            assert other.jobs is not None
            assert "first" not in other.jobs.logs(ref, page.cursor).lines
            assert "first" in other.jobs.logs(ref).lines
        finally:
            other.close()

    def test_both_streams_and_a_last_line_without_end(self, jobs: Jobs, submit: Submit) -> None:
        # The pause: what comes on two streams at one moment may come in any order.
        ref = submit(
            "import sys, time\nsys.stderr.write('to stderr\\n')\ntime.sleep(0.3)\nsys.stdout.write('no end')\n"
        )
        self.succeeded(jobs, ref)
        lines = self.log(jobs, ref)
        assert {"to stderr", "no end"} <= set(lines)

    def test_bytes_that_are_no_text(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit("import os\nos.write(1, b'before\\n\\xff\\xfe bytes\\nafter\\n')\n")
        self.succeeded(jobs, ref)
        lines = self.log(jobs, ref)
        assert {"before", "after"} <= set(lines)
        assert any("bytes" in line for line in lines)

    def test_an_ended_log_ends(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit("print('only')\n")
        self.succeeded(jobs, ref)
        self.log(jobs, ref)
        last = jobs.logs(ref)
        while not last.ended:
            last = jobs.logs(ref, last.cursor)
        after = jobs.logs(ref, last.cursor)
        assert (after.lines, after.ended) == ((), True)
