"""How far a long job is, as metric lines: often enough to watch, never so often that they cost anything."""

from __future__ import annotations

import time

_SOONEST = 0.5
_LATEST = 30.0
_STEP = 1.0
"""Percent that are worth a line."""


class ProgressLines:
    """Prints rows and percent at most twice a second, and in all not much more than a hundred times."""

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._percent = 0.0

    def tell(self, rows: int, percent: float, step: int) -> None:
        """Print, if it is time."""
        now = time.monotonic()
        waited = now - self._told
        if waited < _SOONEST or (percent - self._percent < _STEP and waited < _LATEST):
            return
        self._told, self._percent = now, percent
        say(f"[metric] rows={rows} step={step}\n[metric] percent={percent:.1f} step={step}")


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)  # noqa: T201 - a job's own output
