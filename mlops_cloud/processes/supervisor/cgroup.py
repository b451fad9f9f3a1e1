"""A memory limit that the kernel keeps: a control group (version 2) of the job's own, where one may be made."""
# ruff: noqa: PTH102, PTH106, PTH118
# Pathlib would cost each job several milliseconds.

from __future__ import annotations

import os

_ROOT = "/sys/fs/cgroup"
_OWN = "/proc/self/cgroup"


def delegated(root: str = _ROOT, own: str = _OWN) -> str | None:
    """The nearest group above this process in which this user may make groups with a memory limit."""
    path = _own_path(own)
    while path:
        folder = root + path.rstrip("/")
        if b"memory" in _content(f"{folder}/cgroup.subtree_control").split():
            # To move a process one must be allowed to write here, too: cgroup-v2, "Delegation Containment".
            return folder if os.access(folder, os.W_OK) and os.access(f"{folder}/cgroup.procs", os.W_OK) else None
        path = path.rpartition("/")[0]
    return None


class MemoryGroup:
    """One job's group: it holds whatever the job starts, and the kernel kills all of it at its limit."""

    next_sample = float("inf")

    def __init__(self, folder: str, limit: int) -> None:
        self._folder = folder
        self.peak = 0
        self.killed = False
        os.mkdir(folder)
        try:
            self._write("memory.max", str(limit))
            self._write("memory.oom.group", "1")
        except OSError:
            os.rmdir(folder)
            raise
        if os.access(f"{folder}/memory.swap.max", os.W_OK):  # a kernel may be built without it
            self._write("memory.swap.max", "0")

    def enter(self, pid: int) -> None:
        """Move a process into the group."""
        self._write("cgroup.procs", str(pid))

    def exceeded(self, _now: float) -> bool:
        """Never: the kernel looks."""
        return False

    def close(self) -> None:
        """Read what the kernel saw, then remove the emptied group."""
        events = _content(f"{self._folder}/memory.events").split()
        self.killed = b"oom_kill" in events and int(events[events.index(b"oom_kill") + 1]) > 0
        self.peak = int(_content(f"{self._folder}/memory.peak") or b"0")
        try:
            os.rmdir(self._folder)
        except OSError:
            return  # a process in an uninterruptible call is still in it

    def _write(self, name: str, value: str) -> None:
        descriptor = os.open(f"{self._folder}/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, value.encode())
        finally:
            os.close(descriptor)


def made_for(token: str, limit: int) -> MemoryGroup | None:
    """A group for the job of this token, None where none can be made."""
    parent = delegated()
    try:
        return MemoryGroup(os.path.join(parent, f"mlops-cloud-{token}"), limit) if parent else None
    except OSError:
        return None


def _own_path(own: str) -> str:
    lines = _content(own).decode("utf-8", "surrogateescape").splitlines()
    return next((line[3:] for line in lines if line.startswith("0::")), "")


def _content(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
