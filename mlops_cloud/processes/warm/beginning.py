"""Start a warm server and wait until it can take jobs: its first job would have had to import the same."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from mlops_cloud.processes.supervisor.order import MARKER
from mlops_cloud.processes.warm import places
from mlops_cloud.processes.warm.ending import forget_the_dead
from mlops_cloud.processes.warm.kind import START
from mlops_cloud.processes.warm.names import FAILED, LOG, READY

if TYPE_CHECKING:
    from mlops_cloud.processes.warm.kind import ServerKind

MOST_SERVERS = 6
_PATIENCE = 20.0  # seconds for its imports
_FAILURE_HOLDS = 600.0  # seconds in which it is not tried again
_PLACEHOLDER = "0" * 32  # each job's token is written over it


def begun(kind: ServerKind) -> str:
    """Why no server of this kind could be started; empty when it is ready. The caller holds its lock."""
    folder = kind.folder
    failed = folder / FAILED
    if failed.exists() and time.time() - failed.stat().st_mtime < _FAILURE_HOLDS:
        return failed.read_text(encoding="utf-8", errors="replace")
    forget_the_dead(kind.home, folder)
    if sum(places.is_alive(other) for other in places.folders(kind.home) if other != folder) >= MOST_SERVERS:
        return f"{MOST_SERVERS} warm servers run already"
    folder.mkdir(mode=0o700, exist_ok=True)
    reason = _answer(kind)
    if reason is None:
        return f"its warm server was not ready within {_PATIENCE:g} seconds"
    if reason:
        failed.write_text(reason, encoding="utf-8")
    return reason


def _answer(kind: ServerKind) -> str | None:
    heard, said = os.pipe()
    try:
        pid = _spawned(kind, said)
    except OSError as error:
        os.close(heard)
        return f"its warm server cannot be started: {error.strerror}"
    finally:
        os.close(said)
    try:
        told = _line(heard, time.monotonic() + _PATIENCE)
    finally:
        os.close(heard)
    os.waitpid(pid, 0)  # the first of two forks, gone long ago
    if told is None:
        return None
    return "" if told == READY else told.decode("utf-8", "replace").strip() or _last_words(kind)


def _spawned(kind: ServerKind, said: int) -> int:
    argv = [kind.python, str(START), str(kind.folder), repr(kind.idle_seconds), *kind.preload, "", *kind.afterwards]
    log = str(kind.folder / LOG)
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, said, 1),
        (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW, 0o600),
    ]
    environment = {**kind.variables, MARKER: _PLACEHOLDER}
    return os.posix_spawn(kind.python, argv, environment, file_actions=streams, setpgroup=0)


def _line(heard: int, deadline: float) -> bytes | None:
    """What it says up to the end of a line or of itself; None when that takes too long."""
    poll = select.poll()
    poll.register(heard, select.POLLIN)
    said = b""
    while not said.endswith(b"\n"):
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return None
        part = os.read(heard, 4096)
        if not part:
            break
        said += part
    return said


def _last_words(kind: ServerKind) -> str:
    lines = (kind.folder / LOG).read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"its warm server ended while it started: {last}"
