"""Training and processing jobs as supervised processes of this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import ConflictError, CorruptStateError
from mlops_cloud.processes import ProcessStatus, is_alive, observe, request_stop, stop
from mlops_cloud.provider.jobs import Jobs
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.jobs import Job, JobStatus
from mlops_cloud_local import job_log, job_reading, job_settling
from mlops_cloud_local.job_requests import run_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.results.jobs import LogPage, Trial
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec
    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.job_files import JobFiles
    from mlops_cloud_local.job_requests import Place
    from mlops_cloud_local.job_start import Starter
    from mlops_cloud_local.job_table import JobRow, JobTable

START = "cold, because warm start is not there yet"


class LocalJobs(Jobs):
    """One folder, one supervisor and one row a job."""

    def __init__(self, home: Home, table: JobTable, starter: Starter, place: Place) -> None:
        self._home = home
        self._table = table
        self._starter = starter
        self._place = place

    def submit(self, spec: JobSpec, context: RequestContext) -> Ref:
        """Start a job and return at once; a second submit with the same key returns the first job."""
        self._finish_delete(context.key)
        request = run_request(spec, context, self._place)
        self._starter.check_secrets(request.body["secrets"])
        row = self._table.wanted(context.key.digest, context.key.kind, request.body)
        self._ensure_started(row)
        return _ref(row)

    def get(self, ref: Ref) -> Job:
        """The job as it is now; one whose start was cut short is started."""
        row = self._table.by_name(ref.name)
        self._ensure_started(row)
        if row.state == "cancelled":
            return Job(_ref(row), JobStatus.CANCELLED, "cancelled before it began", row.key, row.created)
        files = self._starter.files(row)
        status = _observed(files)
        return self._job(row, files, status, self._outputs(row, files, status))

    def find(self, key: Key) -> Ref | None:
        """The job that a submit with this key made; one whose start was cut short is started."""
        row = self._table.by_key(key.digest)
        if row is None or row.state == "deleting":
            return None
        self._ensure_started(row)
        return _ref(row)

    def list(self, since: float | None = None) -> Iterator[Ref]:
        """Our jobs, newest first."""
        return map(_ref, self._table.newest(since or 0.0))

    def trials(self, ref: Ref) -> Iterator[Trial]:
        """None: there is no native tuning here."""
        self._table.by_name(ref.name)
        return iter(())

    def logs(self, ref: Ref, cursor: str = "") -> LogPage:
        """The next lines of the log; a line is shown once it is whole, and never more than 8 KiB of it."""
        row = self._table.by_name(ref.name)
        files = self._starter.files(row)
        over = row.state == "cancelled" or (files.launched and _observed(files).over)
        return job_log.page(files.folder, cursor, over=over)

    def cancel(self, ref: Ref) -> None:
        """Ask the job to stop; it is killed when its grace is over."""
        row = self._table.by_name(ref.name)
        files = self._starter.files(row)
        with self._starter.alone(row):
            if self._starter.needed(row):
                self._table.mark(row, "cancelled")
                return
        if row.state != "wanted":
            return
        supervisor = observe(files.folder).supervisor
        if supervisor and is_alive(supervisor):
            request_stop(files.folder)
        else:
            stop(files.folder)

    def delete(self, ref: Ref) -> None:
        """Remove an ended job and its outputs; ConflictError while it runs."""
        row = self._table.named(ref.name)
        if row is not None:
            with self._starter.alone(row):
                self._delete(row)

    def _finish_delete(self, key: Key) -> None:
        row = self._table.by_key(key.digest)
        if row is not None and row.state == "deleting":
            self.delete(_ref(row))

    def _delete(self, row: JobRow) -> None:
        files = self._starter.files(row)
        if row.state == "wanted" and files.launched and not _observed(files).over:
            raise ConflictError(f"job {row.name} is running", fix="cancel it and wait for its end first")
        self._table.mark(row, "deleting")
        remove_tree(files.folder, self._home.jobs)
        self._table.remove(row.name)

    def _ensure_started(self, row: JobRow) -> None:
        if self._starter.needed(row):
            with self._starter.alone(row):
                self._starter.start(row)

    def _outputs(self, row: JobRow, files: JobFiles, status: ProcessStatus) -> dict[str, str]:
        if not status.over or not files.loans.exists():
            return {}
        if job_settling.outputs(files) is None:
            with self._starter.alone(row):
                if job_settling.outputs(files) is None:
                    declared = row.request["outputs"]
                    job_settling.settle(files, declared, self._starter.lending, succeeded=status.succeeded)
        return job_settling.outputs(files) or {}

    def _job(self, row: JobRow, files: JobFiles, status: ProcessStatus, outputs: dict[str, str]) -> Job:
        state = job_reading.job_status(status)
        if state is JobStatus.SUCCEEDED and not outputs:
            state = JobStatus.FAILED
        return Job(
            ref=_ref(row),
            status=state,
            phase=status.state,
            key=row.key,
            created=row.created,
            started=status.started,
            ended=status.ended,
            metrics=job_reading.metrics(files.metrics),
            outputs={name: self._address(files, path) for name, path in outputs.items()},
            failure=job_reading.failure(status, files) if state is JobStatus.FAILED else None,
            start=START,
            usage=job_reading.usage(status),
        )

    def _address(self, files: JobFiles, path: str) -> Uri:
        return self._home.address(files.folder / path)


def _ref(row: JobRow) -> Ref:
    return Ref("jobs", row.kind, row.name, row.name)


def _observed(files: JobFiles) -> ProcessStatus:
    try:
        return observe(files.folder)
    except CorruptStateError:  # a power loss took the supervisor's record, and with it the job
        return ProcessStatus("lost", "lost", message="its record was lost")
