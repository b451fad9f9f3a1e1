"""Read what another process of ours says."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket


def received(channel: socket) -> bytes:
    """All that comes until the other side has said everything."""
    parts = []
    while part := channel.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)
