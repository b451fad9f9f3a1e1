"""What lies in a warm server's folder, and how it is reached: by a descriptor, however long its path is."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mlops_cloud.errors import PermissionDeniedError
from mlops_cloud.processes.warm.names import ALIVE, SOCKET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAUSE = 0.01
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A descriptor of a folder that only this user may enter; FileNotFoundError, PermissionDeniedError."""
    descriptor = os.open(folder, _FOLDER)
    try:
        if not _is_private(os.fstat(descriptor)):
            raise PermissionDeniedError(f"{folder} is not this user's alone", fix=f"remove {folder}")
        yield descriptor
    finally:
        os.close(descriptor)


def connected(folder: Path, seconds: float) -> socket.socket | None:
    """A connection to the server of the folder; None when there is none."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.settimeout(seconds)
    try:
        with opened(folder) as descriptor:
            # An address holds 107 bytes, and somebody's home may be deeper.
            channel.connect(f"/proc/self/fd/{descriptor}/{SOCKET}")
    except (FileNotFoundError, ConnectionError):
        channel.close()
        return None
    except BaseException:
        channel.close()
        raise
    return channel


def is_alive(folder: Path) -> bool:
    """Whether a server, or a process that it keeps ready, is there: the lock that they share ends with the last."""
    try:
        with opened(folder) as descriptor:
            alive = os.open(ALIVE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
    except (OSError, PermissionDeniedError):  # there is none, or it is not for us
        return False
    try:
        fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(alive)
    return False


def folders(home: Path) -> list[Path]:
    """The folders of all servers that were ever wanted and not forgotten; some were never made."""
    try:
        names = {path.with_suffix("") for path in home.iterdir()}
    except FileNotFoundError:
        return []
    return sorted(path for path in names if not path.exists() or _is_private(path.lstat()))


@contextmanager
def alone(folder: Path, seconds: float) -> Iterator[bool]:
    """Nobody else starts or ends the server of this folder; False when somebody still does after so long."""
    lock = _locked(folder.with_suffix(".lock"), time.monotonic() + seconds)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _locked(path: Path, deadline: float) -> int | None:
    while True:
        lock = os.open(path, _FILE, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            if time.monotonic() >= deadline:
                return None
            time.sleep(_PAUSE)
            continue
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        os.close(lock)  # it was removed with its server while we waited


def _is_private(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700
