"""What an ended job was, written once into its folder: reading it needs nothing of the supervisor."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import write_atomic
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.jobs import Failure, FailureCause, Job, JobStatus, Metric

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud_local.job_files import JobFiles
    from mlops_cloud_local.job_table import JobRow

_WRITTEN = ("status", "phase", "started", "ended", "outputs", "failure", "start", "usage")


def write(files: JobFiles, job: Job) -> None:
    """Write down how a job ended; its metrics have their own file."""
    fields = {name: value for name, value in asdict(job).items() if name in _WRITTEN}
    # Like the supervisor's record that it repeats: what a power loss takes is looked at once more.
    write_atomic(files.settled, json.dumps(fields).encode(), durable=False)


def read(files: JobFiles, row: JobRow) -> Job | None:
    """The job as it was written down; None as long as nobody looked at its end."""
    try:
        fields = json.loads(files.settled.read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    fields["status"] = JobStatus(fields["status"])
    if told := fields["failure"]:
        cause, tail = FailureCause(told["cause"]), tuple(told["log_tail"])
        fields["failure"] = Failure(**{**told, "cause": cause, "log_tail": tail})
    return Job(ref=ref_of(row), key=row.key, created=row.created, metrics=metrics(files.metrics), **fields)


def metrics(file: Path) -> tuple[Metric, ...]:
    """The values reported so far; a line that is still being written waits."""
    try:
        lines = file.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return ()
    rows = [json.loads(line) for line in lines]
    return tuple(Metric(row["name"], float(row["value"]), row["step"], row["time"]) for row in rows)


def ref_of(row: JobRow) -> Ref:
    """What names the job."""
    return Ref("jobs", row.kind, row.name, row.name)
