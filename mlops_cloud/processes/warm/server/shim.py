"""The shim of a job in a copy of the server: what `mlops_runtime` does, with its script's process made already."""

from __future__ import annotations

import marshal
import os
import socket
from zipimport import zipimporter

from mlops_cloud.processes import start_note
from mlops_cloud.processes.log import LOG
from mlops_cloud.processes.supervisor import child
from mlops_cloud.processes.supervisor.order import decoded
from mlops_cloud.processes.warm.server.fitness import compiled, hindrance
from mlops_cloud.processes.warm.server.receiving import received
from mlops_runtime.process import spawned
from mlops_runtime.start import main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from mlops_cloud.processes.warm.server.initial import Initial
    from mlops_cloud.processes.warm.server.keeper import Server

    Told = tuple[list[str], dict[str, str], str, CodeType | None]

_ARCHIVE = 4  # in `python -I -S <shim> <archive> …`
_LOG = 2


class Script:
    """The process that waits for the script."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self._channel = channel

    def begin(self, told: Told, out: int, errors: int) -> bool:
        """Hand it what `turn.wait` waits for, and its two streams; False when it is gone."""
        try:
            socket.send_fds(self._channel, [b"."], [out, errors])
            self._channel.sendall(marshal.dumps(told))
            self._channel.close()
        except OSError:
            return False
        return True

    def dismiss(self) -> None:
        """It is not needed."""
        self._channel.close()
        os.waitpid(self.pid, 0)


def run_next(server: Server, orders: socket.socket, script: Script) -> None:
    """Wait for the order, and do as it says."""
    data = received(orders)
    if not data:
        os._exit(0)  # there will be no job: the server leaves
    job = decoded(data)
    server.close()
    log = os.open(f"{job.folder}/{LOG}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, _LOG)
    os.close(log)
    try:
        child.prepare(job)
    except OSError as error:
        orders.sendall(child.told(error, job.cwd))
        os._exit(127)
    orders.close()
    server.initial.token.write(job.token)
    os.environ.clear()
    os.environ.update(job.env)
    begin = _Beginning(server.initial, script, job.folder)
    main(job.argv[_ARCHIVE], zipimporter(job.argv[_ARCHIVE]), job.argv[_ARCHIVE + 1 :], begin)


class _Beginning:
    """Begins a script warm where that is as good as cold, and notes which it was."""

    def __init__(self, initial: Initial, script: Script, folder: str) -> None:
        self._initial = initial
        self._script = script
        self._folder = folder

    def __call__(self, argv: list[str], environment: dict[str, str], out: int, errors: int) -> int:
        reason = hindrance(self._initial, argv, environment) or self._hand_over(argv, environment, out, errors)
        if not reason:
            start_note.write(self._folder, start_note.WARM)
            return self._script.pid
        self._script.dismiss()
        start_note.write(self._folder, start_note.cold(reason))
        return spawned(argv, environment, out, errors)

    def _hand_over(self, argv: list[str], environment: dict[str, str], out: int, errors: int) -> str:
        code = None
        if argv[1] != "-m":
            code = compiled(argv[1])
            if code is None:
                return "its interpreter has something to say about its code"
        begun = self._script.begin((argv, environment, os.getcwd(), code), out, errors)
        return "" if begun else "the process that waited for it was gone"
