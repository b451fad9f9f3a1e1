"""Watch the resident size of a tree: often when it is young or near its limit, seldom when it is not."""

from __future__ import annotations

import os
import time

from mlops_cloud.processes import table

_SHORTEST, _LONGEST = 0.020, 0.250
_GROWTH = 1.25
_FASTEST_FILL = 2 << 30  # bytes per second that one process was seen to touch, at most
_SHARE_OF_TIME = 0.05


class MemoryWatch:
    """Samples the tree below this process, but for one that is `apart`, against a limit in bytes."""

    def __init__(self, limit: int, apart: int) -> None:
        self._limit = limit
        self._apart = apart
        self._interval = _SHORTEST
        self.next_sample = time.monotonic() + _SHORTEST
        self.peak = 0
        self.killed = False

    def exceeded(self, now: float) -> bool:
        """Take a sample when one is due; True when the tree is over its limit."""
        if now < self.next_sample:
            return False
        below = [pid for pid in table.descendants(os.getpid()) if pid != self._apart]
        used = table.resident_bytes(below)
        if used > self._limit:
            # Workers forked from one parent share most of their pages; only their proportional size is theirs.
            used = table.proportional_bytes(below)
        self.peak = max(self.peak, used)
        self._plan(now, used)
        return used > self._limit

    def close(self) -> None:
        """Nothing is held."""

    def _plan(self, began: float, used: int) -> None:
        self._interval = min(self._interval * _GROWTH, _LONGEST)
        headroom = max(0, self._limit - used) / _FASTEST_FILL
        cost = (time.monotonic() - began) / _SHARE_OF_TIME
        self.next_sample = began + max(_SHORTEST, min(self._interval, headroom), cost)
