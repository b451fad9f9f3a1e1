"""The server itself: it keeps one process ready for the next job, and computes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import sys
import time

from mlops_cloud.processes import table
from mlops_cloud.processes.warm.names import ABOUT, ALIVE, FAILED, READY, SOCKET
from mlops_cloud.processes.warm.server import spare
from mlops_cloud.processes.warm.server.freshness import Freshness
from mlops_cloud.processes.warm.server.initial import Initial
from mlops_cloud.processes.warm.server.preloading import preload, preload_more, threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from mlops_cloud.processes.warm.server.turn import Turn

_OLDEST = (3, 11)
_HIGHEST_DESCRIPTOR = 65536
_LOOKS = 60  # at itself, in its idle time
_PREDECESSOR_SECONDS = 5.0
_MOST_DEATHS = 5
_BREATH = 200  # milliseconds without a new job before it imports more: the jobs of a run want the processors too


def keep(folder: str, idle_seconds: float, names: list[str]) -> Turn:
    """Serve until nobody wants a job any more; return only in a copy, with what it shall run."""
    told = _Told()
    if sys.version_info < _OLDEST:
        told.failed(f"its Python {sys.version_info[0]}.{sys.version_info[1]} is older than warm start knows")
    at_once, afterwards = _parted(names)
    server = Server(folder, idle_seconds, afterwards)
    preload(at_once)
    server.open([*at_once, *afterwards])
    while True:
        turn = server.keep_one_ready(told)
        if turn is not None:
            return turn


class _Told:
    """Who started the server, until it has been told how that went."""

    def __init__(self) -> None:
        os.closerange(3, _HIGHEST_DESCRIPTOR)
        self._pipe = os.dup(1)
        os.dup2(2, 1)

    def ready(self) -> None:
        """All is well."""
        if self._pipe >= 0:
            os.write(self._pipe, READY)
            self.forget()

    def failed(self, reason: str) -> NoReturn:
        """Nothing will be served."""
        if self._pipe >= 0:
            os.write(self._pipe, reason.encode("utf-8", "replace") + b"\n")
        os._exit(1)

    def forget(self) -> None:
        """Leave it to another process to tell."""
        if self._pipe >= 0:
            os.close(self._pipe)
        self._pipe = -1


class Server:
    """What the server and its copies share."""

    def __init__(self, folder: str, idle_seconds: float, afterwards: list[str]) -> None:
        self.folder = folder
        self.initial = Initial()
        self.freshness = Freshness()
        self.freshness.look()  # before anything is imported: site-packages may change meanwhile
        self._idle_seconds = idle_seconds
        self._identity = os.stat(folder).st_ino
        self.alive = _locked(os.path.join(folder, ALIVE))
        self._deaths = 0
        self._names: list[str] = []
        self._to_import = afterwards

    def open(self, names: list[str]) -> None:
        """Show the socket and what this server is; what jobs need first has been imported."""
        self._names = names
        self._look_around()
        self._write_about(names)
        self.listener = _listening(self.folder)
        self._used = time.monotonic()

    def close(self) -> None:
        """In a copy that has its job, or whose server is gone: nothing is shared any more."""
        os.close(self.alive)
        self.listener.close()

    def refuse(self) -> None:
        """Let the next client find no server: this one is out of date."""
        os.unlink(os.path.join(self.folder, SOCKET))

    def keep_one_ready(self, told: _Told) -> Turn | None:
        """Return when the next job was taken; in a copy, with what it shall run."""
        heard, report = os.pipe()
        lifeline, held = os.pipe()
        pid = os.fork()
        if pid == 0:
            told.forget()
            os.close(heard)
            os.close(held)
            return spare.become(self, report, lifeline)
        os.close(report)
        os.close(lifeline)
        if threads() > 1:
            self._give_up(told, f"importing {', '.join(self._names)} starts threads, which a copy would lack")
        told.ready()
        self._wait_for(heard)
        _reap()
        os.close(heard)
        os.close(held)
        return None

    def _give_up(self, told: _Told, reason: str) -> NoReturn:
        _write(os.path.join(self.folder, FAILED), reason)  # who started it may have been told that it is ready
        told.failed(reason)

    def _look_around(self) -> None:
        self.freshness.look()
        self.initial.imported()

    def _wait_for(self, heard: int) -> None:
        poll = select.poll()
        poll.register(heard, select.POLLIN)
        self._import_meanwhile(poll)
        while not poll.poll(self._idle_seconds / _LOOKS * 1000):
            _reap()
            if time.monotonic() - self._used >= self._idle_seconds or not self._is_wanted():
                os._exit(0)
        self._used = time.monotonic()
        said = os.read(heard, 1)
        self._deaths = 0 if said else self._deaths + 1
        if said == spare.OUT_OF_DATE or self._deaths == _MOST_DEATHS:
            os._exit(0)

    def _import_meanwhile(self, poll: select.poll) -> None:
        """Import the rest, one by one, until a job comes: its own copy was made before."""
        begun = bool(self._to_import)
        while self._to_import and not poll.poll(_BREATH):
            preload_more(self._to_import.pop(0))
        if begun:
            self._look_around()

    def _is_wanted(self) -> bool:
        try:
            there = os.stat(self.folder).st_ino == self._identity
        except OSError:
            return False
        return there and self.freshness.lasts()

    def _write_about(self, names: list[str]) -> None:
        row = table.process(os.getpid())
        identity = {"pid": os.getpid(), "start": row.start if row else "", "boot_id": table.boot_id()}
        about = {"process": identity, "python": sys.executable, "imports": names, "started": time.time()}
        _write(os.path.join(self.folder, ABOUT), json.dumps(about))


def _write(path: str, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)


def _reap() -> None:
    """Let go of the supervisors whose jobs have ended: each is remembered until its parent has looked."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _parted(names: list[str]) -> tuple[list[str], list[str]]:
    """What is imported before the first job, and what after."""
    middle = names.index("")
    return names[:middle], names[middle + 1 :]


def _locked(path: str) -> int:
    """A lock that ends with the last of all copies; a server out of date may need a moment to leave."""
    alive = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + _PREDECESSOR_SECONDS
    while True:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.005)
        else:
            return alive


def _listening(folder: str) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    before = os.umask(0o177)
    try:
        if SOCKET in os.listdir(descriptor):
            os.unlink(SOCKET, dir_fd=descriptor)
        channel.bind(f"/proc/self/fd/{descriptor}/{SOCKET}")  # an address holds 107 bytes
    finally:
        os.umask(before)
        os.close(descriptor)
    channel.listen(128)
    channel.setblocking(False)
    return channel
