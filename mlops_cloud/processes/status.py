"""What became of a job, read from its folder by any process at any time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from mlops_cloud.errors import CorruptStateError, NotFoundError
from mlops_cloud.processes import record
from mlops_cloud.processes.identity import ProcessIdentity, is_alive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

LAUNCH = "launch.json"
_SLOWEST_START_SECONDS = 10.0

State = Literal["starting", "running", "exited", "lost"]
Cause = Literal["", "exited", "signal", "timeout", "memory", "spot", "cancelled", "disk_full", "start_failed", "lost"]


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """A job's state; what it used is known once it exited.

    `lost`: no final record and nobody left to write one. `peak_memory_bytes` is the tree's under a memory limit,
    otherwise that of its largest process. `started` and `ended` are seconds since the epoch, `duration_seconds` is
    measured by a clock that nobody sets. `left_behind` counts processes killed after the job's own had ended.
    """

    state: State
    cause: Cause = ""
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    started: float | None = None
    ended: float | None = None
    duration_seconds: float | None = None
    left_behind: int = 0
    process: ProcessIdentity | None = None
    supervisor: ProcessIdentity | None = None

    @property
    def over(self) -> bool:
        """True when nothing will change any more."""
        return self.state in ("exited", "lost")

    @property
    def succeeded(self) -> bool:
        """True when it ended by itself with exit code 0."""
        return self.cause == "exited" and self.exit_code == 0


def observe(folder: Path) -> ProcessStatus:
    """The job's state now; NotFoundError when none was launched in this folder."""
    status = _recorded(folder)
    if status is None:
        return _before_record(folder)
    if status.over or _somebody_is_there(status):
        return status
    # It may have written its final record and ended between our two looks.
    again = _recorded(folder)
    return again if again and again.over else _lost(status)


def after_start(folder: Path) -> ProcessStatus:
    """The same for a job that is being started, once that is done, or has taken too long."""
    deadline = time.monotonic() + _SLOWEST_START_SECONDS
    while (status := observe(folder)).state == "starting" and time.monotonic() < deadline:
        time.sleep(0.005)
    return status


def _recorded(folder: Path) -> ProcessStatus | None:
    return _read(folder / record.STATUS, _status_of)


def _read(path: Path, meaning: Callable[[dict[str, Any]], T]) -> T | None:
    try:
        return meaning(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise CorruptStateError(f"{path} is not what was written there", fix="run the job in a new folder") from exc


def _status_of(fields: dict[str, Any]) -> ProcessStatus:
    boot_id = fields.pop("boot_id", "")
    supervisor, process = (
        ProcessIdentity(fields.pop(f"{who}_pid"), fields.pop(f"{who}_start"), boot_id)
        if f"{who}_pid" in fields
        else None
        for who in ("supervisor", "process")
    )
    return ProcessStatus(**fields, supervisor=supervisor, process=process)


def _before_record(folder: Path) -> ProcessStatus:
    still_starting = _read(folder / LAUNCH, _may_still_start)
    if still_starting is None:
        raise NotFoundError(f"no job was launched in {folder}")
    if still_starting:
        return ProcessStatus("starting")
    return ProcessStatus("lost", "lost", message="its launcher ended before it was started")


def _may_still_start(launched: dict[str, Any]) -> bool:
    # A supervisor whose launcher was killed still needs a moment to write its record.
    young = time.time() - launched["created"] < _SLOWEST_START_SECONDS
    return young or is_alive(ProcessIdentity(**launched["launcher"]))


def _somebody_is_there(status: ProcessStatus) -> bool:
    return any(identity and is_alive(identity) for identity in (status.supervisor, status.process))


def _lost(status: ProcessStatus) -> ProcessStatus:
    return replace(status, state="lost", cause="lost", message="it ended without a final record")
