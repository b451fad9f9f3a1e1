"""Times and numbers as people read them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINUTE = 60
_HOUR = 3600


def when(seconds: float | None) -> str:
    """`2026-11-21 04:50:12`, in UTC; nothing for a time that is not known."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) if seconds else ""


def lasted(seconds: float | None) -> str:
    """`0.4 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def number(value: object) -> str:
    """Four digits of a measured value."""
    return f"{value:.4g}" if isinstance(value, (int, float)) else ""


def commit(git: Mapping[str, object]) -> str:
    """The commit of a record, and whether the files were changed since; nothing outside a repository."""
    return f"{git['commit']}{', changed since' if git['dirty'] else ''}" if git else ""
