"""Why a job failed: the limit that ended it, else what the shim recorded, else how its process ended."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

from mlops_cloud.processes import tail
from mlops_cloud.results.jobs import Failure, FailureCause
from mlops_cloud.specs.quantities import duration_text, size_text
from mlops_cloud_local.job_requests import SUPERVISOR_PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.processes import ProcessStatus
    from mlops_cloud_local.job_files import JobFiles

_BAD_CONTRACT, _STOPPED = 20, 30  # exit codes of the shim
_ASKED = ("timeout", "spot")
_CAUSES = {
    "timeout": (FailureCause.TIMEOUT, "it ran longer than compute.max_runtime"),
    "memory": (FailureCause.MEMORY, "it used more than compute.memory"),
    "spot": (FailureCause.SPOT, "it was interrupted on purpose, as spot machines are"),
    "disk_full": (FailureCause.DISK, "its disk was full"),
    "start_failed": (FailureCause.PROVIDER, "its process could not be started"),
    "lost": (FailureCause.LOST, "this computer, or the job's supervisor, went away under it"),
}


def failure_of(status: ProcessStatus, files: JobFiles) -> Failure:
    """The failure of a job that ended without success."""
    told = _recorded(files.failure)
    cause, message = _CAUSES.get(status.cause, (_own_cause(status, told), ""))
    message += _limit(status.cause, files)
    if status.cause in _ASKED and _killed(status, told):
        message += f"; it was {stopping_of(status, files)}"
    return Failure(
        cause,
        message or _refused(files) or _said(told) or _ended(status),
        told.get("traceback", ""),
        told.get("exit_code"),
        told.get("signal") or _signal_name(status),
        tuple(told.get("log_tail") or tail(files.folder)),
    )


def stopping_of(status: ProcessStatus, files: JobFiles) -> str:
    """How a job ended that was asked to."""
    if not _killed(status, _recorded(files.failure)):
        return "stopped when asked to"
    grace = _recorded(files.folder / "launch.json")["grace_seconds"] - SUPERVISOR_PATIENCE
    return f"killed, since it did not stop within {grace:g}s of being asked to"


def write_broken_contract(files: JobFiles, message: str) -> None:
    """Record what is wrong with a job whose script ended well."""
    record = {"reason": "contract", "message": message, "exit_code": 0, "signal": None, "error_type": ""}
    files.failure.write_text(json.dumps({**record, "traceback": "", "log_tail": []}), encoding="utf-8")


def _limit(cause: str, files: JobFiles) -> str:
    limits = _recorded(files.folder / "launch.json")
    if cause == "timeout" and limits.get("max_runtime_seconds"):
        return f", {duration_text(limits['max_runtime_seconds'])}"
    if cause == "spot":
        return f", after {duration_text(limits['interrupt_after_seconds'])}"
    if cause == "memory" and limits.get("memory_bytes"):
        return f", {size_text(limits['memory_bytes'])}"
    return ""


def _refused(files: JobFiles) -> str:
    """Where the job was not let, whether or not its script went on."""
    try:
        places = dict.fromkeys(files.refused.read_text("utf-8", "replace").splitlines())
    except FileNotFoundError:
        return ""
    from mlops_cloud.processes.loopback.mlops_loopback import WANTED

    return f"it {WANTED} {', '.join(places)}; its profile has network: loopback"


def _killed(status: ProcessStatus, told: dict[str, Any]) -> bool:
    return status.signal == signal.SIGKILL or told.get("signal") == "SIGKILL"


def _own_cause(status: ProcessStatus, told: dict[str, Any]) -> FailureCause:
    if told.get("reason") == "contract" or status.exit_code == _BAD_CONTRACT:
        return FailureCause.CONTRACT
    if status.exit_code == _STOPPED:
        return FailureCause.LOST  # not we asked it to stop: the machine is being shut down, or somebody sent a signal
    return FailureCause.SCRIPT


def _said(told: dict[str, Any]) -> str:
    return ": ".join(part for part in (told.get("error_type"), told.get("message")) if part)


def _ended(status: ProcessStatus) -> str:
    name = _signal_name(status)
    return f"it was killed by {name}" if name else f"it ended with exit code {status.exit_code}"


def _signal_name(status: ProcessStatus) -> str:
    try:
        return signal.Signals(status.signal).name if status.signal else ""
    except ValueError:
        return f"signal {status.signal}"


def _recorded(file: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return told
