"""Training and processing jobs as supervised processes of this computer."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import ConflictError, MlopsCloudError, NotFoundError
from mlops_cloud.provider.jobs import Jobs
from mlops_cloud.results.jobs import Job, JobStatus
from mlops_cloud_local import job_record
from mlops_cloud_local.job_files import JobFiles
from mlops_cloud_local.job_record import ref_of
from mlops_cloud_local.job_requests import run_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops_cloud.results.identity import Key, Ref
    from mlops_cloud.results.jobs import LogPage, Trial
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec
    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.job_requests import Place
    from mlops_cloud_local.job_start import Starter
    from mlops_cloud_local.job_table import JobRow, JobTable
    from mlops_cloud_local.satisfied import Satisfied

_SHORTEST = 0.002  # seconds: a job whose end was seen is still written down by its supervisor


class LocalJobs(Jobs):
    """One folder, one supervisor and one row a job."""

    def __init__(
        self,
        home: Home,
        table: JobTable,
        place: Place,
        secrets: Mapping[str, str],
        satisfied: Satisfied,
        *,
        warm_start: bool,
    ) -> None:
        self._home = home
        self._table = table
        self._place = place
        self._secrets = secrets
        self._satisfied = satisfied
        self._warm_start = warm_start

    def submit(self, spec: JobSpec, context: RequestContext) -> Ref:
        """Start a job and return at once; a second submit with the same key returns the first job."""
        self._finish_delete(context.key)
        request = run_request(spec, context, self._place)
        self._starter.check_secrets(request.body["secrets"])
        self._starter.environments.ensure(request.body)  # not while others wait for the key's lock: it takes its time
        self._satisfied.save()
        with self._starter.alone(context.key.digest):
            row = self._table.wanted(context.key.digest, context.key.kind, request.body)
            self._start_or_forget(row)
        return ref_of(row)

    def expect(self, spec: JobSpec, context: RequestContext) -> None:
        """Have the packages unpacked and the server ready from which such a job would be started warm."""
        self._starter.get_ready(run_request(spec, context, self._place).body)

    def get(self, ref: Ref) -> Job:
        """The job as it is now; one whose start was cut short is started."""
        row = self._table.by_name(ref.name)
        files = self._files(row)
        if row.state == "cancelled":
            return Job(ref_of(row), JobStatus.CANCELLED, "cancelled before it began", row.key, row.created)
        return job_record.read(files, row) or self._watched(row, files)

    def find(self, key: Key) -> Ref | None:
        """The job that a submit with this key made; one whose start was cut short is started."""
        row = self._table.by_key(key.digest)
        if row is None or row.state == "deleting":
            return None
        self._ensure_started(row)
        return ref_of(row)

    def list(self, since: float | None = None) -> Iterator[Ref]:
        """Our jobs, newest first."""
        return map(ref_of, self._table.newest(since or 0.0))

    def pause(self, ref: Ref, seconds: float) -> None:
        """Wait for the job's supervisor at most so long: its end is seen at once."""
        from mlops_cloud.processes import wait

        began = time.monotonic()
        with suppress(NotFoundError):  # it is being started
            wait(self._files(self._table.by_name(ref.name)).folder, seconds)
        if time.monotonic() - began < _SHORTEST:
            time.sleep(min(seconds, _SHORTEST))

    def trials(self, ref: Ref) -> Iterator[Trial]:
        """None: there is no native tuning here."""
        self._table.by_name(ref.name)
        return iter(())

    def logs(self, ref: Ref, cursor: str = "") -> LogPage:
        """The next lines of the log; a line is shown once it is whole, and never more than 8 KiB of it."""
        from mlops_cloud_local import job_log, job_watch

        row = self._table.by_name(ref.name)
        files = self._files(row)
        over = row.state == "cancelled" or (files.launched and job_watch.observed(files).over)
        return job_log.page(files.folder, cursor, over=over)

    def cancel(self, ref: Ref) -> None:
        """Ask the job to stop; it is killed when its grace is over."""
        from mlops_cloud_local import job_watch

        row = self._table.by_name(ref.name)
        files = self._files(row)
        if row.state == "cancelled" or files.settled.exists():
            return
        with self._starter.alone(row.key):
            if self._starter.needed(row):
                self._table.mark(row, "cancelled")
                return
        job_watch.ask_to_stop(files)

    def delete(self, ref: Ref) -> None:
        """Remove an ended job and its outputs; ConflictError while it runs."""
        row = self._table.named(ref.name)
        if row is not None:
            with self._starter.alone(row.key):
                self._delete(row)

    def _finish_delete(self, key: Key) -> None:
        row = self._table.by_key(key.digest)
        if row is not None and row.state == "deleting":
            self.delete(ref_of(row))

    def _delete(self, row: JobRow) -> None:
        from mlops_cloud_local import job_watch

        files = self._files(row)
        if row.state == "wanted" and files.launched and not job_watch.observed(files).over:
            raise ConflictError(f"job {row.name} is running", fix="cancel it and wait for its end first")
        self._remove(row)

    def _remove(self, row: JobRow) -> None:
        self._table.mark(row, "deleting")
        for folder in (self._files(row).folder, self._starter.aside(row)):
            remove_tree(folder, self._home.jobs)
        self._forget_checkpoint(row)
        self._table.remove(row.name)

    def _forget_checkpoint(self, row: JobRow) -> None:
        """What another attempt may still go on from is left to the last of them."""
        address = row.request["checkpoint"]
        if self._starter.checkpoints.is_kept(address) and self._table.with_checkpoint(address) == [row.name]:
            self._starter.checkpoints.forget(address)

    def _files(self, row: JobRow) -> JobFiles:
        return JobFiles(self._home.jobs / row.name)

    def _start_or_forget(self, row: JobRow) -> None:
        try:
            self._starter.start(row)
        except MlopsCloudError:
            if self._starter.needed(row):  # nothing runs, and the caller is told why
                self._remove(row)
            raise

    def _ensure_started(self, row: JobRow) -> None:
        if row.state == "wanted" and not self._files(row).settled.exists() and self._starter.needed(row):
            with self._starter.alone(row.key):
                self._starter.start(self._table.by_name(row.name))

    def _watched(self, row: JobRow, files: JobFiles) -> Job:
        from mlops_cloud_local import job_watch

        self._ensure_started(row)
        status = job_watch.observed(files)
        if not status.over:
            return job_watch.running(row, files, status)
        with self._starter.alone(row.key):
            return job_watch.ended(row, files, self._home, self._starter)

    @cached_property
    def _starter(self) -> Starter:
        # The code about processes costs 20 ms of CPU, which reading jobs that have ended does not need.
        from mlops_cloud_local.job_start import Starter
        from mlops_cloud_local.job_warmth import Warmth

        warmth = Warmth(self._home.warm, wanted=self._warm_start, environ=self._place.host)
        return Starter(self._home, self._secrets, warmth)
