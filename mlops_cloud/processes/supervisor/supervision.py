"""Watch one started job until nothing of it is left: its end, its limits, requests to stop it."""

from __future__ import annotations

import os
import time

from mlops_cloud.processes import table
from mlops_cloud.processes.supervisor import tree
from mlops_cloud.processes.supervisor.memory import MemoryWatch
from mlops_cloud.processes.supervisor.waker import STOP, STOP_NOW

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from mlops_cloud.processes.supervisor.cgroup import MemoryGroup
    from mlops_cloud.processes.supervisor.order import Order
    from mlops_cloud.processes.supervisor.waker import Waker

_SETTLE_SECONDS = 0.2  # multiprocessing's resource tracker ends by itself after its parent, and must, to free its names
_KILL_SECONDS = 10.0  # a process in an uninterruptible call cannot be killed; the record must not wait for ever
_MAXRSS_UNIT = 1024 if table.HAS_PROC else 1  # getrusage(2): KiB on Linux, bytes on macOS
_FOR_EVER = float("inf")


class Supervision:
    """One job under watch; `cause` is set when we, not the job itself, decided its end."""

    def __init__(self, job: Order, leader: int, began: float, waker: Waker, group: MemoryGroup | None) -> None:
        self._grace = job.grace_seconds
        self._leader = leader
        self._waker = waker
        self._began = began
        self._passes_on = job.passes_on
        self._deadline = _FOR_EVER if job.max_runtime_seconds is None else began + job.max_runtime_seconds
        self._interrupt_at = _FOR_EVER if job.interrupt_after_seconds is None else began + job.interrupt_after_seconds
        apart = leader if job.passes_on else 0  # it is none of the user's
        self._memory = group or (MemoryWatch(job.memory_bytes, apart) if job.memory_bytes else None)
        self._kill_at = _FOR_EVER
        self._cause = ""
        self._wait_status: int | None = None
        self._seconds = 0.0
        self._cpu = 0.0
        self._largest = 0
        self._left_behind: set[int] = set()

    def run(self) -> None:
        """Return when the job has ended and no process of it is left."""
        while not self._reaped_all():
            now = time.monotonic()
            if now >= self._kill_at + _KILL_SECONDS:
                return
            if now >= self._kill_at:
                self._kill()
            self._enforce(now)
            self._obey(self._waker.wait(self._next_event() - time.monotonic()))

    def outcome(self, *, disk_full: bool) -> dict[str, str | float | None]:
        """The fields of the final record that tell how it ended and what it used."""
        code = None if self._wait_status is None else os.waitstatus_to_exitcode(self._wait_status)
        signal = -code if code is not None and code < 0 else None
        if self._memory:
            self._memory.close()
        killed_by_kernel = "memory" if signal and self._memory and self._memory.killed else ""
        by_itself = "disk_full" if code and disk_full else "signal" if signal else "exited"
        return {
            "cause": self._cause or killed_by_kernel or by_itself,
            "exit_code": None if signal else code,
            "signal": signal,
            "duration_seconds": self._seconds,
            "cpu_seconds": self._cpu,
            "peak_memory_bytes": max(self._largest * _MAXRSS_UNIT, self._memory.peak if self._memory else 0),
            "left_behind": len(self._left_behind),
        }

    def _reaped_all(self) -> bool:
        try:
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    return False
                self._cpu += usage.ru_utime + usage.ru_stime
                self._largest = max(self._largest, usage.ru_maxrss)
                if pid == self._leader:
                    self._leader_ended(status)
        except ChildProcessError:
            return table.HAS_PROC or not tree.remaining(self._leader)

    def _leader_ended(self, status: int) -> None:
        now = time.monotonic()
        self._wait_status = status
        self._seconds = now - self._began
        if not self._cause:
            self._kill_at = now + _SETTLE_SECONDS

    def _kill(self) -> None:
        left = tree.remaining(self._leader)
        if self._wait_status is not None and not self._cause:
            self._left_behind.update(left)
        tree.kill(left)

    def _enforce(self, now: float) -> None:
        if self._cause or self._wait_status is not None:
            return
        if now >= self._deadline:
            self._end("timeout", self._grace)
        elif now >= self._interrupt_at:
            self._end("spot", self._grace)
        elif self._memory and self._memory.exceeded(now):
            self._end("memory", 0.0)

    def _obey(self, signals: frozenset[int]) -> None:
        if signals & STOP_NOW:
            self._end("cancelled", 0.0)
        elif signals & STOP:
            self._end("cancelled", self._grace)

    def _end(self, cause: str, grace: float) -> None:
        if self._wait_status is None and (not self._cause or cause == "cancelled"):
            self._cause = cause  # whoever cancels a job that is being ended anyway wants no other after it
        if grace and self._kill_at == _FOR_EVER:
            tree.terminate(self._leader, passes_on=self._passes_on)
        self._kill_at = min(self._kill_at, time.monotonic() + grace)

    def _next_event(self) -> float:
        if self._kill_at != _FOR_EVER:
            # While killing, the next generation of orphans is looked for every few milliseconds.
            return max(self._kill_at, time.monotonic() + 0.005)
        return min(self._deadline, self._interrupt_at, self._memory.next_sample if self._memory else _FOR_EVER)
