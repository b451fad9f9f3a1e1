"""One process at a time; the kernel frees the lock of one that dies."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops_cloud.errors import ConflictError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_POLL = 0.02
_COMMAND_LIMIT = 200


@contextmanager
def exclusive(path: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path`; ConflictError, which names the holder, if it is not free within `timeout` seconds."""
    descriptor = _acquired(path, timeout)
    try:
        yield
    finally:
        # Unlocked by name, since a child that is just being started still has the descriptor. The file stays:
        # removing it would let two processes lock two files of one name.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _acquired(path: Path, timeout: float) -> int:
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as exc:
        raise disk_error(exc, path, "open the lock") from exc
    try:
        _lock(path, descriptor, timeout)
        _sign(descriptor)
    except OSError as exc:
        os.close(descriptor)
        raise disk_error(exc, path, "lock") from exc
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock(path: Path, descriptor: int, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _held(path, descriptor, timeout) from exc
            time.sleep(min(_POLL, left))
        else:
            return


def _sign(descriptor: int) -> None:
    command = " ".join(sys.argv)[:_COMMAND_LIMIT]
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n{command}\n".encode(errors="replace"), 0)


def _held(path: Path, descriptor: int, timeout: float) -> ConflictError:
    content = os.pread(descriptor, 4096, 0).decode(errors="replace")
    pid, _, command = content.partition("\n")
    holder = f"process {pid} ({command.strip()!r})" if pid.isdigit() else "another process"
    waited = f", after waiting {timeout:g} s" if timeout else ""
    return ConflictError(f"{path} is in use", why=f"{holder} holds it{waited}", fix="wait until that has ended")
