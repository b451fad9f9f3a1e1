"""The three processes of the next job, made before it comes: its supervisor, its shim, and its script's.

Each waits for the one before it, and leaves when that is gone. So nothing has to be copied when a job comes, and the
script's process knows nothing of the other two.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import traceback
from functools import partial

from mlops_cloud.processes import start_note, table
from mlops_cloud.processes.log import LOG
from mlops_cloud.processes.supervisor import child
from mlops_cloud.processes.supervisor.main import supervise
from mlops_cloud.processes.supervisor.order import decoded, encoded
from mlops_cloud.processes.warm.names import STALE
from mlops_cloud.processes.warm.server import shim, turn
from mlops_cloud.processes.warm.server.receiving import received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mlops_cloud.processes.supervisor.child import EnterGroup
    from mlops_cloud.processes.supervisor.order import Order
    from mlops_cloud.processes.warm.server.keeper import Server
    from mlops_cloud.processes.warm.server.turn import Turn

TAKEN, OUT_OF_DATE = b"t", b"o"
_ORDER_SECONDS = 5.0  # an order is sent at once, by a process of this computer
_LOG = 2


def become(server: Server, report: int, lifeline: int) -> Turn:
    """In the server's copy: be the supervisor of the next job; return only in the script's process."""
    child.reset_signals()
    os.setsid()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        to_the_end(partial(_supervise_next, server, report, lifeline, partial(_wake, ours, pid)))
    os.close(report)
    os.close(lifeline)
    ours.close()
    return _shim_of(server, theirs)


def _shim_of(server: Server, orders: socket.socket) -> Turn:
    os.setsid()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        to_the_end(partial(shim.run_next, server, orders, shim.Script(pid, ours)))
    ours.close()
    orders.close()
    return turn.wait(server.initial, theirs)


def to_the_end(role: Callable[[], None]) -> NoReturn:
    """Play a role, and nothing after it."""
    try:
        role()
    except BaseException:  # noqa: BLE001 - nobody is there to hear of it
        traceback.print_exc()
    finally:
        os._exit(1)


def _supervise_next(server: Server, report: int, lifeline: int, wake: Callable[..., int]) -> None:
    channel, job = _next_job(server, report, lifeline)
    _introduce_itself(channel)
    os.write(report, TAKEN)
    os.close(report)
    os.close(lifeline)
    server.close()
    log = os.open(f"{job.folder}/{LOG}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, _LOG)
    os.close(log)
    supervise(job, wake, _told)


def _introduce_itself(channel: socket.socket) -> None:
    row = table.process(os.getpid())
    try:
        channel.sendall(f"{os.getpid()} {row.start if row else ''}".encode(), socket.MSG_NOSIGNAL)
    except OSError:  # the launcher is gone; its job runs all the same
        return
    finally:
        channel.close()


def _told() -> None:
    """The launcher knows since the job was taken."""


def _next_job(server: Server, report: int, lifeline: int) -> tuple[socket.socket, Order]:
    """The next job that is ours, and the channel that its launcher waits at."""
    poll = select.poll()
    for descriptor in (lifeline, server.listener.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        if any(descriptor == lifeline for descriptor, _ in poll.poll()):
            os._exit(0)
        try:
            channel, _ = server.listener.accept()
        except OSError:  # its client is gone
            continue
        job = _order(channel)
        if job is not None:
            if not server.freshness.lasts():
                server.refuse()
                channel.sendall(STALE)
                os.write(report, OUT_OF_DATE)
                os._exit(0)
            if start_note.take(job.folder, job.token):
                return channel, job
        channel.close()


def _order(channel: socket.socket) -> Order | None:
    """The order of a client who may give one."""
    pid_uid_gid = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    if struct.unpack("3i", pid_uid_gid)[1] != os.geteuid():
        return None
    channel.settimeout(_ORDER_SECONDS)
    try:
        return decoded(received(channel))
    except (OSError, ValueError):  # it went away, or is too slow
        return None


def _wake(channel: socket.socket, pid: int, job: Order, enter_group: EnterGroup | None) -> int:
    """The shim's pid once it runs the job; OSError naming the file when it cannot."""
    if enter_group:
        _enter(enter_group, (pid, *table.children(pid)))
    channel.sendall(encoded(job))
    channel.shutdown(socket.SHUT_WR)
    answer = received(channel)
    channel.close()
    child.check(answer, pid)
    return pid


def _enter(enter_group: EnterGroup, pids: tuple[int, ...]) -> None:
    try:
        for pid in pids:
            enter_group(pid)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "memory limit") from error
