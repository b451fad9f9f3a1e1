"""Run one command and write what it took: wall seconds, CPU seconds, peak KiB and exit status, each on a line.

A process begins with the peak memory of the one that starts it, so this one stays smaller than any Python it measures:
it is run with -I -S and imports only what the interpreter holds frozen.
"""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import resource

_ORPHANS_SECONDS = 10.0


def _orphans() -> list["resource.struct_rusage"]:
    """The usage of every process that outlived its parent; they come to us, since the benchmark made us a reaper."""
    usages: list[resource.struct_rusage] = []
    deadline = time.monotonic() + _ORPHANS_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return usages
        if pid:
            usages.append(usage)
        elif time.monotonic() < deadline:
            time.sleep(0.002)
        else:
            sys.exit(f"a process still runs {_ORPHANS_SECONDS:g} s after the command ended")


def main(report: str, command: list[str]) -> None:
    """Start the command, wait for it and all it started, and write the report."""
    after = os.environ.pop("BENCHMARK_AFTER", "").split("\n")
    started = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    if after[0]:
        quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
        os.waitpid(os.posix_spawn(after[0], after, os.environ, file_actions=quiet), 0)
    usages = [usage, *_orphans()]
    cpu = sum(each.ru_utime + each.ru_stime for each in usages)
    peak = max(each.ru_maxrss for each in usages)
    with open(report, "w") as file:  # noqa: PTH123 - pathlib would make the launcher larger than what it measures
        file.write(f"{wall!r}\n{cpu!r}\n{peak}\n{os.waitstatus_to_exitcode(status)}\n")


main(sys.argv[1], sys.argv[2:])
