"""Which process, exactly: a number alone is given again to others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mlops_cloud.processes import table


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process number with the moment it was given (as the kernel counts it) and the start of the machine."""

    pid: int
    start: str
    boot_id: str


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether this very process runs: never true for another that got its number, nor for a zombie."""
    found = table.process(identity.pid)
    return (
        found is not None
        and not found.zombie
        and found.start == identity.start
        and identity.boot_id == current_boot_id()
    )


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of the process that has this number now."""
    found = table.process(pid)
    return ProcessIdentity(pid, found.start, current_boot_id()) if found else None


@cache
def current_boot_id() -> str:
    """The start of this machine that we run in."""
    return table.boot_id()
