"""A copy of a tree that shares no file with it, and keeps its links and times."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE = 1 << 30  # bytes; within one file system the kernel shares the blocks where it can
_CANNOT_SHARE = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF)


def below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder, parents first; links are not followed."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            found = list(entries)
        yield from found
        waiting += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]


def copy_tree(source: Path, target: Path) -> None:
    """Copy into an empty folder; pipes, sockets and devices stay behind; OSError."""
    folders = []
    for entry in below(source):
        place = target / os.path.relpath(entry.path, source)
        if entry.is_symlink():
            place.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            place.mkdir(0o700)
            folders.append((entry, place))
        elif entry.is_file():
            copy_file(entry, place)
    for entry, place in reversed(folders):
        _set_times(entry, place)


def copy_file(entry: os.DirEntry[str], place: Path) -> None:
    """Copy one plain file under a new name; OSError."""
    with Path(entry.path).open("rb") as read, place.open("xb") as write:
        os.fchmod(write.fileno(), entry.stat().st_mode & 0o777)
        if not _shared(read.fileno(), write.fileno()):
            shutil.copyfileobj(read, write, 1 << 20)
    _set_times(entry, place)


def _shared(read: int, write: int) -> bool:
    """Whether the kernel copied it all."""
    if not hasattr(os, "copy_file_range"):
        return False
    try:
        while os.copy_file_range(read, write, _AT_ONCE):
            pass
    except OSError as exc:
        if exc.errno not in _CANNOT_SHARE:
            raise
        return False
    return True


def _set_times(entry: os.DirEntry[str], place: Path) -> None:
    # Many a script goes on from the newest of its checkpoints.
    status = entry.stat()
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
