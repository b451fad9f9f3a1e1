"""Monitors: one job, run by the provider's schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import NotFoundError
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud.specs.monitor import Monitor
from mlops_cloud.testing.conformance.jobs_base import JobsBase
from mlops_cloud.testing.placeholders import unexplained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.monitors import Monitors
    from mlops_cloud.results.identity import Key
    from mlops_cloud.results.monitors import Execution
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.testing.conformance.jobs_base import Prepare

_REPORT = """
import os
from pathlib import Path
Path(os.environ["MLOPS_OUTPUT_DIR"], "report.json").write_text("{}")
"""


class MonitorsConformance(JobsBase):
    """A schedule, its executions, and the switch between."""

    schedule = "* * * * *"
    """A schedule the provider takes; the shortest it has."""
    period = 60.0
    """Seconds between two runs of it."""

    @pytest.fixture
    def monitors(self, provider: Provider) -> Monitors:
        """The family under test."""
        assert provider.monitors is not None, "declare it as lacking, and leave this class out"
        return provider.monitors

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Lets the provider's clock go on by so many seconds; a real cloud has to wait."""
        message = "override the fixture `pass_time`"
        raise NotImplementedError(message)

    @pytest.fixture
    def create(self, monitors: Monitors, prepare: Prepare) -> Callable[..., Ref]:
        """Makes a monitor whose job writes a report, or runs another script."""

        def created(name: str = "kit-monitor", key: Key | None = None, script: str = _REPORT) -> Ref:
            used = key or self.key("monitors", name)
            job, context = prepare(script, key=used, outputs={"report": "report.json"})
            assert isinstance(job, ProcessingJob)
            return monitors.create(self.monitor(name), job, context, used)

        return created

    def monitor(self, name: str) -> Monitor:
        """What is watched."""
        return Monitor(name=name, endpoint="kit-endpoint", baseline="kit-table", schedule=self.schedule)

    def ended_executions(self, monitors: Monitors, ref: Ref, least: int) -> list[Execution]:
        """The executions when at least so many are there and all have ended."""

        def ended() -> list[Execution] | None:
            found = list(monitors.executions(ref))
            return found if len(found) >= least and all(one.status.ended for one in found) else None

        return self.until(ended) or []

    def test_created_once(
        self, create: Callable[..., Ref], another: Callable[[], Provider], provider: Provider
    ) -> None:
        key = self.key("monitors", "kit-monitor")
        ref = create(key=key)
        assert (ref.family, ref.name) == ("monitors", "kit-monitor")
        assert create(key=key) == ref
        other = another()
        try:
            assert other.monitors is not None
            assert other.monitors.find(key) == ref
            assert list(other.monitors.list()) == [ref]
            seen = other.monitors.get(ref)
            assert (seen.ref, seen.spec, seen.paused) == (ref, self.monitor("kit-monitor"), False)
        finally:
            other.close()
        assert ref in list(provider.owned())

    def test_what_is_sent_is_what_was_compiled(
        self, provider: Provider, monitors: Monitors, prepare: Prepare, sent: Callable[[], Sequence[NativeRequest]]
    ) -> None:
        key, monitor = self.key("monitors", "kit-monitor"), self.monitor("kit-monitor")
        job, context = prepare(_REPORT, key=key, outputs={"report": "report.json"})
        assert isinstance(job, ProcessingJob)
        compiled = provider.requests(monitor, replace(context, job=job))
        assert compiled
        assert list(provider.owned()) == [], "compiling creates nothing"
        assert provider.requests(monitor, replace(context, job=job)) == compiled
        assert unexplained(compiled) == []
        before = len(sent())
        monitors.create(monitor, job, context, key)
        self.is_sent(compiled, list(sent())[before:])

    def test_run_now(self, provider: Provider, monitors: Monitors, create: Callable[..., Ref]) -> None:
        ref = create()
        execution = monitors.run(ref)
        assert execution.monitor == ref
        (done,) = self.ended_executions(monitors, ref, 1)
        assert (done.status, done.scheduled) == (JobStatus.SUCCEEDED, execution.scheduled)
        assert done.report is not None
        assert self.read(provider, done.report) == b"{}"

    def test_a_run_that_fails_is_kept(self, monitors: Monitors, create: Callable[..., Ref]) -> None:
        ref = create(script="raise SystemExit(3)")
        monitors.run(ref)
        (done,) = self.ended_executions(monitors, ref, 1)
        assert (done.status, done.report) == (JobStatus.FAILED, None)

    def test_runs_by_its_schedule(
        self, monitors: Monitors, create: Callable[..., Ref], pass_time: Callable[[float], None]
    ) -> None:
        ref = create()
        assert list(monitors.executions(ref)) == []
        pass_time(self.period * 2 + 1)
        found = self.ended_executions(monitors, ref, 2)
        seen = monitors.get(ref).next_run
        times = [execution.scheduled for execution in found]
        assert seen is None or times[0] < seen <= times[0] + self.period
        assert times == sorted(set(times), reverse=True), "newest first, and none twice"

    def test_paused_and_resumed(
        self, monitors: Monitors, create: Callable[..., Ref], pass_time: Callable[[float], None]
    ) -> None:
        ref = create()
        before = monitors.get(ref)
        for _ in range(2):
            monitors.pause(ref)
        assert (monitors.get(ref).paused, monitors.get(ref).next_run) == (True, None)
        pass_time(self.period * 3)
        assert list(monitors.executions(ref)) == []
        for _ in range(2):
            monitors.resume(ref)
        after = monitors.get(ref)
        assert not after.paused
        if before.next_run is not None:
            assert after.next_run is not None
            assert after.next_run > before.next_run
        pass_time(self.period + 1)
        assert self.ended_executions(monitors, ref, 1)

    def test_listed_by_name(self, monitors: Monitors, create: Callable[..., Ref]) -> None:
        refs = [create(name) for name in ("kit-b", "kit-a")]
        assert list(monitors.list()) == list(reversed(refs))

    def test_what_is_not_there(self, monitors: Monitors, create: Callable[..., Ref]) -> None:
        with pytest.raises(NotFoundError):
            monitors.get(Ref("monitors", "monitor", "kit-nothing", "kit-nothing"))
        assert monitors.find(self.key("monitors", "kit-monitor", "never made")) is None
        ref = create()
        monitors.delete(ref)
        for verb in (
            monitors.get,
            monitors.run,
            monitors.pause,
            monitors.resume,
            lambda ref: [*monitors.executions(ref)],
        ):
            with pytest.raises(NotFoundError):
                verb(ref)

    def test_deleted_twice(
        self, monitors: Monitors, create: Callable[..., Ref], pass_time: Callable[[float], None]
    ) -> None:
        key = self.key("monitors", "kit-monitor")
        ref = create(key=key)
        for _ in range(2):
            monitors.delete(ref)
        with pytest.raises(NotFoundError):
            monitors.get(ref)
        assert list(monitors.list()) == []
        assert monitors.find(key) is None
        pass_time(self.period * 2)
        assert list(monitors.list()) == []
