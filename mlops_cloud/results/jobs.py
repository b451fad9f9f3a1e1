"""What a job is doing and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Ref, Uri


class JobStatus(StrEnum):
    """The only states a job has, on every provider."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


class FailureCause(StrEnum):
    """Why a job failed, by what one can do about it; `retry.on` names these."""

    SCRIPT = "failed"
    """The script raised, exited with a code of its own, or was killed."""
    CONTRACT = "contract"
    """A declared output is missing, or the job was started wrongly."""
    TIMEOUT = "timeout"
    """It ran longer than compute.max_runtime."""
    MEMORY = "memory"
    """It used more than compute.memory."""
    DISK = "disk"
    """Its disk was full."""
    SPOT = "spot"
    """The provider took the machine away."""
    QUOTA = "quota"
    """The provider had no machine to give."""
    LOST = "lost"
    """The machine went away under it: power cut, reboot, or the supervisor was killed."""
    PROVIDER = "provider"
    """The provider failed by itself."""

    @property
    def of_the_script(self) -> bool:
        """Whether the script itself is to blame, and with it what it saved."""
        return self in (FailureCause.SCRIPT, FailureCause.CONTRACT)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed."""

    cause: FailureCause
    message: str
    traceback: str = ""
    exit_code: int | None = None
    signal: str = ""
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured value."""

    name: str
    value: float
    step: int | None = None
    time: float | None = None
    """Seconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the provider sees it now."""

    ref: Ref
    status: JobStatus
    phase: str = ""
    """The provider's own word for what it is doing."""
    key: str = ""
    created: float = 0.0
    """Seconds since 1970, UTC; so are `started` and `ended`."""
    started: float | None = None
    ended: float | None = None
    metrics: tuple[Metric, ...] = ()
    outputs: dict[str, Uri] = field(default_factory=dict)
    """Declared output -> file or folder, and always the folders `model`, `output`, `checkpoint` and `record`.

    `record` holds what the shim wrote: outputs.json (`mlops_runtime.output_digests`), and metrics.jsonl when something
    was measured. Empty until success.
    """
    failure: Failure | None = None
    start: str = ""
    """How the process was started, and why so: `cold, because …`."""
    usage: dict[str, float] = field(default_factory=dict)
    """cpu_seconds, peak_memory_bytes, where the provider tells."""

    @property
    def name(self) -> str:
        """The job's generated name."""
        return self.ref.name

    def reference(self) -> str:
        """`job://<name>/model`: the model it made."""
        return f"job://{self.ref.name}/model"

    def output(self, name: str) -> str:
        """The reference of one declared output."""
        return f"job://{self.ref.name}/{name}"

    def latest_metrics(self) -> dict[str, float]:
        """Metric -> its last value."""
        return {metric.name: metric.value for metric in self.metrics}


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines of a job's log, and where to go on."""

    lines: tuple[str, ...]
    cursor: str
    """Give it to the next call."""
    ended: bool
    """No more lines will come."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a tuning."""

    number: int
    """In the order in which they were proposed, from 0."""
    parameters: dict[str, bool | int | float | str]
    status: JobStatus
    """`cancelled`: stopped early."""
    objective: float | None = None
    job: str = ""
    model: Uri | None = None
    seconds: float | None = None
    """How long its job ran."""
    reason: str = ""
    """Why it did not succeed."""
