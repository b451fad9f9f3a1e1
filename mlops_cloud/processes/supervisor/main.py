"""The supervisor's life: read the order, start the child, watch it, write the final record."""
# ruff: noqa: PTH110, PTH118
# Pathlib would cost each job several milliseconds.

from __future__ import annotations

import os
import time

from mlops_cloud.processes import record, table
from mlops_cloud.processes.supervisor import cgroup, child, order, tree
from mlops_cloud.processes.supervisor.disk import is_full
from mlops_cloud.processes.supervisor.supervision import Supervision
from mlops_cloud.processes.supervisor.waker import Waker

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mlops_cloud.processes.supervisor.child import Start
    from mlops_cloud.processes.supervisor.order import Order

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_HIGHEST_DESCRIPTOR = 65536  # one call on Linux, a call for each elsewhere


def main() -> NoReturn:
    """Supervise one job, from the order on standard input to its final record."""
    os.closerange(_STDERR + 1, _HIGHEST_DESCRIPTOR)
    supervise(order.decoded(_all_of(_STDIN)), child.start, _tell_launcher)


def supervise(job: Order, start: Start, tell_launcher: Callable[[], None]) -> NoReturn:
    """Start the job's process by `start`, tell the launcher once it runs, and watch it until its final record."""
    if os.path.exists(os.path.join(job.folder, record.STATUS)):
        os._exit(0)  # it was stopped before it began
    tree.adopt_orphans()
    waker = Waker()
    group = cgroup.made_for(job.token, job.memory_bytes) if job.memory_bytes else None
    common = _identity()
    started, began = time.time(), time.monotonic()
    try:
        pid = start(job, group.enter if group else None)
    except OSError as error:
        if group:
            group.close()
        record.publish(job.folder, {**common, **_not_started(error)}, record.FINAL)
        os._exit(0)
    running = {**common, "state": "running", "process_pid": pid, "process_start": _start_of(pid), "started": started}
    record.publish(job.folder, running, record.RUNNING)
    tell_launcher()
    supervision = Supervision(job, pid, began, waker, group)
    supervision.run()
    outcome = supervision.outcome(disk_full=is_full(job))
    record.publish(job.folder, {**running, "state": "exited", **outcome, "ended": time.time()}, record.FINAL)
    # Finalising the interpreter would keep those who wait for this process waiting for another millisecond.
    os._exit(0)


def _all_of(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 1 << 16):
        parts.append(part)
    return b"".join(parts)


def _identity() -> dict[str, str | float | None]:
    return {
        "supervisor_pid": os.getpid(),
        "supervisor_start": _start_of(os.getpid()),
        "boot_id": table.boot_id(),
    }


def _start_of(pid: int) -> str:
    found = table.process(pid)
    return found.start if found else ""


def _not_started(error: OSError) -> dict[str, str | float | None]:
    now = time.time()
    return {
        "state": "exited",
        "cause": "start_failed",
        "message": f"{error.strerror}: {error.filename}",
        "started": now,
        "ended": now,
    }


def _tell_launcher() -> None:
    # The launcher waits for the end of this pipe.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, _STDIN)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)
