"""End a job and everything it started, whether or not its supervisor is still there."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from mlops_cloud.processes import record, table
from mlops_cloud.processes.identity import ProcessIdentity, identify, is_alive
from mlops_cloud.processes.status import LAUNCH, ProcessStatus, after_start, observe
from mlops_cloud.processes.supervisor.order import MARKER
from mlops_cloud.processes.wait import wait

if TYPE_CHECKING:
    from pathlib import Path

_KILL_SECONDS = 15.0


def request_stop(folder: Path) -> None:
    """Ask the job to end and return at once; its supervisor kills it after the grace it was launched with.

    Without a supervisor nobody kills it later: use `stop`.
    """
    status = after_start(folder)
    if not status.over and not signal_exactly(status.supervisor, signal.SIGTERM):
        _signal_all(_asked(folder, status), signal.SIGTERM)


def stop(folder: Path, grace_seconds: float | None = None) -> ProcessStatus:
    """The final status, with no process of the job left; a shorter grace than the launch's may be given.

    Without /proc (macOS), a process that left the job's process group is asked to end, but not found to be killed.
    """
    before = after_start(folder)
    request_stop(folder)
    longest = float(_launched(folder)["grace_seconds"])
    status = wait(folder, longest if grace_seconds is None else min(grace_seconds, longest))
    if not status.over and signal_exactly(status.supervisor, signal.SIGUSR1):
        status = wait(folder, _KILL_SECONDS)
    if status.state == "exited":
        return status
    signal_exactly(status.supervisor, signal.SIGKILL)
    _kill_all(folder, status)
    return before if before.over else _recorded_as_cancelled(folder)


def _asked(folder: Path, status: ProcessStatus) -> list[ProcessIdentity]:
    if status.process and is_alive(status.process) and _launched(folder).get("passes_on"):
        return [status.process]
    return _members(folder, status)


def _launched(folder: Path) -> dict[str, Any]:
    launched: dict[str, Any] = json.loads((folder / LAUNCH).read_bytes())
    return launched


def _members(folder: Path, status: ProcessStatus) -> list[ProcessIdentity]:
    """Every process of the job: below its own, in its group, or carrying its token."""
    token = _launched(folder)["token"]
    leader = status.process.pid if status.process and is_alive(status.process) else None
    below = {leader, *table.descendants(leader)} if leader else set()
    found = (
        identify(row.pid)
        for row in table.all_processes()
        if not row.zombie
        and (row.pid in below or row.group == leader or table.has_environment_entry(row.pid, f"{MARKER}={token}"))
    )
    return [identity for identity in found if identity]


def _kill_all(folder: Path, status: ProcessStatus) -> None:
    deadline = time.monotonic() + _KILL_SECONDS
    while (left := _members(folder, status)) and time.monotonic() < deadline:
        _signal_all(left, signal.SIGKILL)
        time.sleep(0.002)


def _recorded_as_cancelled(folder: Path) -> ProcessStatus:
    path = folder / record.STATUS
    fields = json.loads(path.read_bytes()) if path.exists() else {}
    if fields.get("state") != "exited":
        fields |= {"state": "exited", "cause": "cancelled", "message": "its supervisor was gone", "ended": time.time()}
        record.publish(str(folder), fields, record.FINAL)
    return observe(folder)


def _signal_all(identities: list[ProcessIdentity], number: signal.Signals) -> None:
    for identity in identities:
        signal_exactly(identity, number)


def signal_exactly(identity: ProcessIdentity | None, number: signal.Signals) -> bool:
    """False when this very process is not there any more; no other process is ever signalled."""
    if identity is None:
        return False
    try:
        descriptor = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):  # no pidfd on this platform: between the look and the signal lies a moment
        return _signal_by_number(identity, number)
    try:
        if not is_alive(identity):
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def _signal_by_number(identity: ProcessIdentity, number: signal.Signals) -> bool:
    if not is_alive(identity):
        return False
    try:
        os.kill(identity.pid, number)
    except ProcessLookupError:
        return False
    return True
