"""The machine's process table: Linux's /proc, elsewhere the `ps` command."""
# ruff: noqa: PTH110, PTH208
# The supervisor reads it many times a second, and pathlib would cost several milliseconds.

from __future__ import annotations

import os

HAS_PROC = os.path.exists("/proc/self/stat")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Process:
    """One row: numbers as the kernel gives them; `start` is only good for comparing."""

    __slots__ = ("group", "parent", "pid", "resident_bytes", "session", "start", "zombie")

    def __init__(self, pid: int, parent: int, group: int, session: int, resident: int, state: str, start: str) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.resident_bytes = resident
        self.zombie = state[0] in "ZX"
        self.start = start


def process(pid: int) -> Process | None:
    """The process of that number now, None when there is none."""
    if HAS_PROC:
        return _from_proc(pid)
    return next(iter(_from_ps(["-p", str(pid)])), None)


def all_processes() -> list[Process]:
    """Every process that this user may see."""
    if not HAS_PROC:
        return _from_ps(["-A"])
    rows = (_from_proc(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return [row for row in rows if row is not None]


def children(pid: int) -> list[int]:
    """Its direct children, unreaped ones included."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        listed = [_read(f"/proc/{pid}/task/{thread}/children") for thread in threads]
    except FileNotFoundError:  # the process is gone, or the kernel has no such list (CONFIG_PROC_CHILDREN)
        return [row.pid for row in all_processes() if row.parent == pid]
    except OSError:
        return []
    return [int(number) for numbers in listed for number in numbers.split()]


def descendants(pid: int) -> list[int]:
    """Its children, their children and so on, parents first."""
    if not HAS_PROC:
        return _descendants_in(all_processes(), pid)
    found = children(pid)
    for child in found:  # the list grows while it is walked
        found += children(child)
    return found


def resident_bytes(pids: list[int]) -> int:
    """The sum of their resident sizes; memory that they share counts once for each."""
    if not HAS_PROC:
        wanted = set(pids)
        return sum(row.resident_bytes for row in all_processes() if row.pid in wanted)
    return sum(_resident(pid) for pid in pids)


def proportional_bytes(pids: list[int]) -> int:
    """The sum of their sizes with shared memory counted once in all; much slower than `resident_bytes`."""
    return sum(_proportional(pid) for pid in pids) if HAS_PROC else resident_bytes(pids)


def has_environment_entry(pid: int, entry: str) -> bool:
    """Whether it was started with this `NAME=value`; False where the platform does not tell (no /proc)."""
    try:
        return os.fsencode(entry) in _read(f"/proc/{pid}/environ").split(b"\0")
    except OSError:
        return False


def boot_id() -> str:
    """One text for each start of this machine."""
    if HAS_PROC:
        return _read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()
    return _output(["/usr/sbin/sysctl", "-n", "kern.boottime"]).strip()


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _from_proc(pid: int) -> Process | None:
    try:
        line = _read(f"/proc/{pid}/stat").decode("ascii", "replace")
    except OSError:
        return None
    # The name may hold spaces and brackets: what follows its last bracket begins with field 3 of proc(5).
    fields = line.rpartition(")")[2].split()
    state, parent, group, session = fields[0], int(fields[1]), int(fields[2]), int(fields[3])
    return Process(pid, parent, group, session, int(fields[21]) * _PAGE, state, fields[19])


def _resident(pid: int) -> int:
    try:
        return int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        return _resident(pid)
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:")), 0)


def _from_ps(selection: list[str]) -> list[Process]:
    columns = [f"-o{name}=" for name in ("pid", "ppid", "pgid", "rss", "stat", "lstart")]
    rows = (line.split(None, 5) for line in _output(["ps", *selection, *columns]).splitlines())
    return [
        Process(int(pid), int(parent), int(group), 0, int(rss) * 1024, state, start)
        for pid, parent, group, rss, state, start in rows
    ]


def _output(argv: list[str]) -> str:
    import subprocess  # 12 ms that Linux never pays

    return subprocess.run(
        argv, capture_output=True, text=True, check=False, env={"PATH": os.defpath, "LC_ALL": "C"}
    ).stdout


def _descendants_in(rows: list[Process], pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # the list grows while it is walked
        found += [row.pid for row in rows if row.parent == parent]
    return found[1:]
