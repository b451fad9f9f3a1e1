"""What a job printed: one file, standard output and standard error in the order they were written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOG = "log"


def read_log(folder: Path, cursor: int = 0, limit: int = 1 << 20) -> tuple[bytes, int]:
    """At most `limit` bytes from byte `cursor` on, and the cursor to go on from; none when there are no more yet."""
    try:
        descriptor = os.open(folder / LOG, os.O_RDONLY)
    except FileNotFoundError:
        return b"", cursor
    try:
        data = os.pread(descriptor, limit, cursor)
    finally:
        os.close(descriptor)
    return data, cursor + len(data)


def tail(folder: Path, lines: int = 20, max_bytes: int = 8192) -> list[str]:
    """The last lines that begin within the last `max_bytes`; of a longer last line, its end."""
    try:
        size = (folder / LOG).stat().st_size
    except FileNotFoundError:
        return []
    start = max(0, size - max_bytes)
    found = read_log(folder, start, max_bytes)[0].decode("utf-8", "replace").removesuffix("\n").split("\n")
    if start and len(found) > 1:
        found = found[1:]
    return found[-lines:] if size and lines > 0 else []
