"""Monitors: the cloud's schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.provider.monitors import Monitors
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.monitors import Execution, ScheduledMonitor
from mlops_cloud.specs.monitor import Monitor
from mlops_cloud_stub.faults import translated
from mlops_cloud_stub.job_requests import schedule_body
from mlops_cloud_stub.jobs import STATUS, outputs
from mlops_cloud_stub.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.identity import Key
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import ProcessingJob
    from mlops_cloud_stub.cloud import Cloud
    from mlops_cloud_stub.storage import StubStorage


class StubMonitors(Monitors):
    """The spec itself travels in the schedule's note."""

    def __init__(self, cloud: Cloud, storage: StubStorage, project: str) -> None:
        self._cloud = cloud
        self._labels = Labels(storage, project, "monitors")

    def create(self, monitor: Monitor, job: ProcessingJob, context: RequestContext, key: Key) -> Ref:
        """Schedule the job, unless this key scheduled it."""

        def scheduled() -> Ref:
            with translated():
                native_id = self._cloud.schedules.create(schedule_body(monitor, job, context))
            self._labels.put(native_id, key, monitor.name, self._cloud.now())
            return Ref("monitors", "monitor", monitor.name, native_id)

        return self._labels.once(key, lambda: self.find(key), scheduled)

    def run(self, ref: Ref) -> Execution:
        """Start its job now."""
        with translated():
            scheduled = self._cloud.schedules.run(ref.native_id)
        return next(one for one in self.executions(ref) if one.scheduled == scheduled)

    def executions(self, ref: Ref) -> Iterator[Execution]:
        """What the schedule started, newest first."""
        with translated():
            started = list(self._cloud.schedules.describe(ref.native_id).started)
        for scheduled, native_id in sorted(started, reverse=True):
            job = self._cloud.jobs.describe(native_id)
            yield Execution(ref, scheduled, STATUS[job.state], outputs(job).get("report"))

    def pause(self, ref: Ref) -> None:
        """Start no more executions."""
        with translated():
            self._cloud.schedules.pause(ref.native_id, paused=True)

    def resume(self, ref: Ref) -> None:
        """Start executions again."""
        with translated():
            self._cloud.schedules.pause(ref.native_id, paused=False)

    def get(self, ref: Ref) -> ScheduledMonitor:
        """The monitor as it is scheduled."""
        with translated():
            schedule = self._cloud.schedules.describe(ref.native_id)
        known = Ref("monitors", "monitor", schedule.title, schedule.id)
        return ScheduledMonitor(known, Monitor.model_validate_json(schedule.note), schedule.paused, schedule.due)

    def find(self, key: Key) -> Ref | None:
        """The monitor whose label has the key."""
        label = self._labels.with_key(key)
        return Ref("monitors", "monitor", label.name, label.native_id) if label else None

    def list(self) -> Iterator[Ref]:
        """Labelled schedules, by name."""
        ours = {label.native_id for label in self._labels.all()}
        for schedule in sorted(self._cloud.schedules.all(), key=lambda one: one.title):
            if schedule.id in ours:
                yield Ref("monitors", "monitor", schedule.title, schedule.id)

    def delete(self, ref: Ref) -> None:
        """Remove schedule and label."""
        self._cloud.schedules.delete(ref.native_id)
        self._labels.remove(ref.native_id)
