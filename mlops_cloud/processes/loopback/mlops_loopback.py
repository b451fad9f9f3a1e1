"""Which connections leave this computer; standard library only, Python 3.8: jobs import it by itself."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WANTED = "wanted to reach"
"""What every message about a refused connection holds."""
RECORD = "MLOPS_NETWORK_RECORD"
"""The variable that names the file to which each refused address is added, a line each."""
_CONNECTING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKING_UP = ("socket.getaddrinfo", "socket.gethostbyname")


class BeyondLoopbackError(AssertionError):
    """A connection that was not made: only loopback is allowed."""


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook for a job: BeyondLoopbackError for what leaves this computer, and a line in the record."""
    place = beyond(event, arguments)
    if place:
        _record(place)
        raise BeyondLoopbackError(f"this job {WANTED} {place}; only loopback is allowed")


def beyond(event: str, arguments: tuple[Any, ...]) -> str:
    """The host and port that an audited event goes to when that is not this computer; else an empty text."""
    if event in _CONNECTING:
        address = arguments[1]
        host, port = address[:2] if isinstance(address, tuple) and len(address) > 1 else (None, None)
    elif event in _LOOKING_UP:
        host, port = (*arguments, None)[:2]
    else:
        return ""
    # Not so for sockets of other kinds than the internet's, whose addresses are paths and numbers.
    if not isinstance(host, (str, bytes)) or is_loopback(host):
        return ""
    name = os.fsdecode(host)
    return f"{name} port {port}" if port else name


def is_loopback(host: object) -> bool:
    """Whether a host, by name or address, is this computer."""
    name = os.fsdecode(host) if isinstance(host, bytes) else str(host)
    if name in ("", "localhost", "0.0.0.0", "::", os.uname().nodename):  # noqa: S104 - what a server binds
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return name.endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _record(place: str) -> None:
    path = os.environ.get(RECORD)
    if path:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, (place.replace("\n", " ") + "\n").encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
