"""What a process inherits and cannot, or should not, be changed to later: a warm server serves only who has the same.

A job started cold has its launcher's limits, rights, processors, control groups and namespaces, so it must not get
another's because it was started warm.
"""

from __future__ import annotations

import os
from pathlib import Path

_LINES = ("Umask:", "Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:", "Mems_allowed:")
_FILES = ("limits", "cgroup", "oom_score_adj")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def surroundings() -> list[str]:
    """Those of this process, as texts to compare."""
    own = Path("/proc/self")
    lines = (own / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    kept = [line for line in lines if line.startswith(_LINES)]
    texts = [(own / name).read_text(encoding="utf-8", errors="replace") for name in _FILES]
    spaces = [_link(own / "ns" / name) for name in (*_NAMESPACES, "../root")]
    return [*kept, *texts, *spaces, str(os.getpriority(os.PRIO_PROCESS, 0))]


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:  # an older kernel
        return ""
