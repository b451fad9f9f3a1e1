"""What a process inherits and cannot, or should not, be changed to later: a warm server serves only who has the same.

A job started cold has its launcher's limits, rights, processors, control groups and namespaces, so it must not get
another's because it was started warm.
"""

from __future__ import annotations

import os

_LINES = ("Umask:", "Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:", "Mems_allowed:")
_FILES = ("limits", "cgroup", "oom_score_adj")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def surroundings() -> list[str]:
    """Those of this process, as texts to compare."""
    kept = [line for line in _text("status").splitlines() if line.startswith(_LINES)]
    texts = [_text(name) for name in _FILES]
    spaces = [_link(name) for name in (*_NAMESPACES, "../root")]
    return [*kept, *texts, *spaces, str(os.getpriority(os.PRIO_PROCESS, 0))]


def _text(name: str) -> str:
    descriptor = os.open(f"/proc/self/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 1 << 16).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _link(name: str) -> str:
    try:
        return os.readlink(f"/proc/self/ns/{name}")  # noqa: PTH115 - each job asks for nine of them
    except FileNotFoundError:  # an older kernel
        return ""
