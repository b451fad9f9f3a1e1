"""A started job as its supervisor sees it, until its end has been looked at and written down."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mlops_cloud.errors import CorruptStateError, QuotaExceededError
from mlops_cloud.processes import ProcessStatus, is_alive, observe, request_stop, start_note, stop
from mlops_cloud.results.jobs import Job, JobStatus
from mlops_cloud_local import job_record, job_settling
from mlops_cloud_local.job_failure import failure_of, stopping_of, write_broken_contract

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Uri
    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.job_files import JobFiles
    from mlops_cloud_local.job_start import Starter
    from mlops_cloud_local.job_table import JobRow
    from mlops_cloud_local.lending import Lending


def observed(files: JobFiles) -> ProcessStatus:
    """What the supervisor says."""
    try:
        return observe(files.folder)
    except CorruptStateError:  # a power loss took the supervisor's record, and with it the job
        return ProcessStatus("lost", "lost", message="its record was lost")


def running(row: JobRow, files: JobFiles, status: ProcessStatus) -> Job:
    """A job that has not ended."""
    state = JobStatus.RUNNING if status.state == "running" else JobStatus.PENDING
    return _job(row, files, status, state)


def ended(row: JobRow, files: JobFiles, home: Home, starter: Starter) -> Job:
    """A job that has just ended, looked at and written down; the caller holds its lock."""
    if job := job_record.read(files, row):
        return job
    status = observed(files)
    if status.state == "lost" and status.supervisor:
        stop(files.folder)  # what it left behind has nobody to end it
    outputs: dict[str, Uri] = {}
    if status.succeeded and not files.failure.exists() and not files.refused.exists():
        outputs = _outputs(row, files, home, starter.lending)
    else:
        job_settling.damaged_inputs(files, starter.lending)
    job = _job(row, files, status, _end(status, outputs), outputs)
    if status.cause == "disk_full":
        job_settling.free_the_disk(files)
    with suppress(QuotaExceededError):  # a job that filled the disk is told all the same, and written down later
        starter.checkpoints.settle(row.request["checkpoint"], files.checkpoint, job)
        job_settling.give_back(files, starter.lending)
        job_record.write(files, job)
    return job


def ask_to_stop(files: JobFiles) -> None:
    """Return at once where a supervisor sees to the rest; without one, end what is left of the job."""
    supervisor = observed(files).supervisor
    if supervisor and is_alive(supervisor):
        request_stop(files.folder)
    else:
        stop(files.folder)


def _outputs(row: JobRow, files: JobFiles, home: Home, lending: Lending) -> dict[str, Uri]:
    if problem := job_settling.broken_contract(files, lending):
        write_broken_contract(files, problem)
        return {}
    places = job_settling.published(files, row.request["outputs"])
    return {name: home.address(path) for name, path in places.items()}


def _end(status: ProcessStatus, outputs: dict[str, Uri]) -> JobStatus:
    if status.cause == "cancelled":
        return JobStatus.CANCELLED
    return JobStatus.SUCCEEDED if outputs else JobStatus.FAILED


def _job(
    row: JobRow, files: JobFiles, status: ProcessStatus, state: JobStatus, outputs: dict[str, Uri] | None = None
) -> Job:
    used = {"cpu_seconds": status.cpu_seconds, "peak_memory_bytes": status.peak_memory_bytes}
    return Job(
        ref=job_record.ref_of(row),
        status=state,
        phase=stopping_of(status, files) if state is JobStatus.CANCELLED else status.state,
        key=row.key,
        created=row.created,
        started=status.started,
        ended=status.ended,
        metrics=job_record.metrics(files.metrics),
        outputs=outputs or {},
        failure=failure_of(status, files) if state is JobStatus.FAILED else None,
        start=start_note.read(str(files.folder)),
        usage={name: float(value) for name, value in used.items() if value is not None},
    )
