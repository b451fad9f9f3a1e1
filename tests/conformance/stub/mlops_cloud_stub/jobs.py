"""Jobs: found again by our own labels, since the cloud gives ids and keeps none of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import NotFoundError
from mlops_cloud.provider.jobs import Jobs
from mlops_cloud.results.identity import Ref, Uri
from mlops_cloud.results.jobs import Failure, FailureCause, Job, JobStatus, LogPage, Metric
from mlops_cloud_stub.faults import translated
from mlops_cloud_stub.job_requests import run_body
from mlops_cloud_stub.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.identity import Key
    from mlops_cloud.results.jobs import Trial
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec
    from mlops_cloud_stub.cloud import Cloud
    from mlops_cloud_stub.running_side import Running
    from mlops_cloud_stub.storage import StubStorage

STATUS = {
    "running": JobStatus.RUNNING,
    "done": JobStatus.SUCCEEDED,
    "stopped": JobStatus.CANCELLED,
    "failed": JobStatus.FAILED,
}
_CAUSES = {"script": FailureCause.SCRIPT, "contract": FailureCause.CONTRACT}


class StubJobs(Jobs):
    """The cloud's jobs that carry our label."""

    def __init__(self, cloud: Cloud, storage: StubStorage, project: str) -> None:
        self._cloud = cloud
        self._labels = Labels(storage, project, "jobs")

    def submit(self, spec: JobSpec, context: RequestContext) -> Ref:
        """Start it, unless this key started one."""
        return self._labels.once(context.key, lambda: self.find(context.key), lambda: self._run(spec, context))

    def get(self, ref: Ref) -> Job:
        """The job as it is now."""
        label = self._labels.of(ref.native_id)
        if label is None:
            raise NotFoundError(f"no job {ref.name}", provider="stub")
        with translated():
            running = self._cloud.jobs.describe(ref.native_id)
            metrics = tuple(_metric(record) for record in self._cloud.jobs.metrics(ref.native_id))
        status = STATUS[running.state]
        return Job(
            ref=Ref("jobs", ref.kind, label.name, ref.native_id), status=status, phase=running.state, key=label.key,
            created=running.created, started=running.created, ended=running.ended, metrics=metrics,
            outputs=outputs(running), failure=_failure(running) if status == JobStatus.FAILED else None,
        )  # fmt: skip

    def find(self, key: Key) -> Ref | None:
        """The job whose label has the key."""
        label = self._labels.with_key(key)
        return Ref("jobs", "job", label.name, label.native_id) if label else None

    def list(self, since: float | None = None) -> Iterator[Ref]:
        """Labelled jobs, newest first."""
        names = {label.native_id: label.name for label in self._labels.all()}
        for running in reversed(self._cloud.jobs.all()):
            if running.id in names and (since is None or running.created > since):
                yield Ref("jobs", "job", names[running.id], running.id)

    def trials(self, ref: Ref) -> Iterator[Trial]:
        """None: the cloud tunes nothing."""
        return iter(())

    def logs(self, ref: Ref, cursor: str = "") -> LogPage:
        """Whole lines from a byte offset on."""
        offset = int(cursor or 0)
        with translated():
            data, ended = self._cloud.jobs.log(ref.native_id, offset)
        lines = data.decode("utf-8", "replace").split("\n")
        return LogPage(tuple(lines[:-1] if lines[-1] == "" else lines), str(offset + len(data)), ended)

    def cancel(self, ref: Ref) -> None:
        """Ask it to stop."""
        with translated():
            self._cloud.jobs.stop(ref.native_id)

    def delete(self, ref: Ref) -> None:
        """Remove job, outputs and label."""
        try:
            with translated():
                self._cloud.jobs.delete(ref.native_id)
        except NotFoundError:
            return
        self._labels.remove(ref.native_id)

    def _run(self, spec: JobSpec, context: RequestContext) -> Ref:
        name = context.key.name()
        with translated():
            native_id = self._cloud.jobs.run(run_body(spec, context))
        self._labels.put(native_id, context.key, name, self._cloud.now())
        return Ref("jobs", "job", name, native_id)


def outputs(running: Running) -> dict[str, Uri]:
    """Declared outputs and the four folders; none before success."""
    if running.state != "done":
        return {}
    root = f"stub://bucket/jobs/{running.id}"
    folders = {part: Uri(f"{root}/{part}") for part in ("model", "output", "checkpoint", "record")}
    declared = {port: Uri(f"{root}/output/{path.rstrip('/')}") for port, path in running.body["outputs"].items()}
    return {**folders, **declared}


def _metric(record: dict[str, Any]) -> Metric:
    return Metric(record["name"], float(record["value"]), record["step"], record["time"])


def _failure(running: Running) -> Failure:
    record = running.record
    if running.stopped_by == "timeout":
        cause, message = FailureCause.TIMEOUT, f"it ran longer than {running.body['timeout']:g} s"
    elif not record:
        cause, message = FailureCause.LOST, f"its machine ended with {running.process.returncode}"
    else:
        cause, message = _CAUSES[record["reason"]], record["message"]
    return Failure(
        cause, message, record.get("traceback", ""), record.get("exit_code"), record.get("signal") or "",
        tuple(record.get("log_tail", ())),
    )  # fmt: skip
