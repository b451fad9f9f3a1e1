"""Give a job to a warm server, which is started when there is none; whoever takes the job's right starts it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlops_cloud.errors import MlopsCloudError
from mlops_cloud.processes.identity import ProcessIdentity, current_boot_id
from mlops_cloud.processes.warm import places
from mlops_cloud.processes.warm.beginning import begun
from mlops_cloud.processes.warm.names import STALE

if TYPE_CHECKING:
    from socket import socket

    from mlops_cloud.processes.warm.kind import ServerKind

_ANSWER_SECONDS = 10.0
_LOCK_SECONDS = 25.0  # somebody else starts the server: that takes at most 20


def offered(kind: ServerKind, order: bytes) -> ProcessIdentity | str:
    """The supervisor that took the job, or why it is not started warm.

    With a reason, a server may have taken the job all the same: its answer was lost.
    """
    try:
        answer = STALE
        deadline = time.monotonic() + _LOCK_SECONDS
        while answer == STALE and time.monotonic() < deadline:
            channel, reason = _channel(kind)
            if channel is None:
                return reason
            with channel:
                answer = _answer(channel, order)
    except OSError as error:
        return f"its warm server did not answer: {error.strerror or 'it took too long'}"
    except MlopsCloudError as error:
        return error.what
    if answer == STALE:
        return "its warm server is older than what is installed"
    pid, _, start = answer.decode("ascii", "replace").partition(" ")
    if not (pid.isdigit() and start):
        return "its warm server ended before it took the job"
    return ProcessIdentity(int(pid), start, current_boot_id())


def started(kind: ServerKind) -> str:
    """Why there is no server of this kind; empty when one is there, which may have been started for this."""
    try:
        channel, reason = _channel(kind)
    except OSError as error:
        return error.strerror or "it took too long"
    except MlopsCloudError as error:
        return error.what
    if channel:
        channel.close()
    return reason


def _channel(kind: ServerKind) -> tuple[socket | None, str]:
    """A connection to a server of this kind, or why there is none."""
    channel = places.connected(kind.folder, _ANSWER_SECONDS)
    if channel:
        return channel, ""
    with places.alone(kind.folder, _LOCK_SECONDS) as ours:
        if not ours:
            return None, "its warm server is still being started"
        channel = places.connected(kind.folder, _ANSWER_SECONDS)
        reason = "" if channel else begun(kind)
    if reason:
        return None, reason
    channel = channel or places.connected(kind.folder, _ANSWER_SECONDS)
    return channel, "" if channel else "its warm server ended as soon as it had started"


def _answer(channel: socket, order: bytes) -> bytes:
    """What the server says before it hangs up, which it does once the job has its supervisor."""
    channel.sendall(order)
    channel.shutdown(1)  # of our side: the order is complete
    said = b""
    while part := channel.recv(64):
        said += part
    return said
