"""What this computer has."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Machine:
    """Its processors, memory and Python."""

    cpus: int
    memory: int
    """Bytes that processes may use together."""
    python: str
    """The interpreter's version without its patch level, e.g. 3.11."""


def this_machine() -> Machine:
    """What this process may use."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [limit for name in _CGROUP_LIMITS if (limit := _limit(Path(name)))]
    return Machine(_cpus(), min([memory, *limits]), f"{sys.version_info.major}.{sys.version_info.minor}")


def _cpus() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _limit(file: Path) -> int:
    try:
        text = file.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdecimal() else 0
