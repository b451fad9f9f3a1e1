"""What a warm server and its clients call things: files in its folder, and its two answers."""

from __future__ import annotations

SOCKET = "socket"
ALIVE = "alive"
"""Locked by the server and by what it keeps ready."""
ABOUT = "server.json"
LOG = "log"
FAILED = "failed"
"""Why the last start of this server failed."""

READY = b"ready\n"
"""To who started it."""
STALE = b"stale"
"""To who offers a job: what is installed has changed; the job was not taken."""
