"""The job's whole tree: adopt what its processes orphan, signal it, kill what is left of it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in enums, for 5 ms of CPU
import ctypes
import os

from mlops_cloud.processes import table

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of every orphan below, so that no double fork escapes (Linux only)."""
    if table.HAS_PROC:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def terminate(leader: int, *, passes_on: bool) -> None:
    """Ask the leader's process group, and all that left the group, to end; but not what the leader asks by itself."""
    below = table.descendants(os.getpid())
    asked = {leader, *(table.children(leader) if passes_on else ())}
    _signal_quietly(os.killpg, leader, _signal.SIGTERM)
    for pid in below:
        if _group(pid) not in asked:
            _signal_quietly(os.kill, pid, _signal.SIGTERM)


def remaining(leader: int) -> list[int]:
    """What is left of the tree after its leader: on Linux our own children, which nobody but us can reap.

    Without /proc (macOS) that is the leader's process group: who left it is not seen any more.
    """
    if table.HAS_PROC:
        return table.children(os.getpid())
    return [row.pid for row in table.all_processes() if row.group == leader and not row.zombie]


def kill(pids: list[int]) -> None:
    """End these processes, whatever they think of it."""
    for pid in pids:
        _signal_quietly(os.kill, pid, _signal.SIGKILL)


def _group(pid: int) -> int | None:
    found = table.process(pid)
    return found.group if found else None


def _signal_quietly(send: Callable[[int, int], None], pid: int, number: int) -> None:
    # Gone already, or run as another user, whom only that user can end. (contextlib.suppress costs 3 ms here.)
    try:  # noqa: SIM105
        send(pid, number)
    except (ProcessLookupError, PermissionError):
        pass
