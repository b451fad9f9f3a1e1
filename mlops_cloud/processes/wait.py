"""Wait for a job's end without polling where the kernel can tell."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from mlops_cloud.processes.identity import ProcessIdentity, is_alive
from mlops_cloud.processes.status import ProcessStatus, observe

if TYPE_CHECKING:
    from pathlib import Path

_SHORTEST, _LONGEST = 0.002, 0.100


def wait(folder: Path, timeout_seconds: float | None = None) -> ProcessStatus:
    """The job's status when it is over, or when the time is; None waits for ever."""
    deadline = time.monotonic() + (float("inf") if timeout_seconds is None else timeout_seconds)
    pause = _SHORTEST
    while True:
        status = observe(folder)
        left = deadline - time.monotonic()
        if status.over or left <= 0:
            return status
        if not _sleep_until_end(_last_witness(status), left):
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST)


def _last_witness(status: ProcessStatus) -> ProcessIdentity | None:
    return next((who for who in (status.supervisor, status.process) if who and is_alive(who)), None)


def _sleep_until_end(identity: ProcessIdentity | None, seconds: float) -> bool:
    """False when the kernel cannot tell of a process's end: then the caller has to look again by itself."""
    if identity is None:
        return False
    try:
        descriptor = os.pidfd_open(identity.pid)
    except (AttributeError, OSError):
        return False
    try:
        if is_alive(identity):
            _readable(descriptor, seconds)
    finally:
        os.close(descriptor)
    return True


def _readable(descriptor: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll(min(seconds, 86_400.0) * 1000)
