"""Content-addressed files: written once, whole or not there, read-only, shared by hard links."""

from __future__ import annotations

import errno
import os
import re
import sys
import time
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import make_private_folder, remove_abandoned, sync_folder
from mlops_cloud.errors import ConflictError, CorruptStateError, InvalidSpecError
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mlops_cloud.results.data import FileEntry

READ_ONLY = 0o400
TEMPORARY = ".part-"
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_THREADS = 4
_FEW = 16  # files; above it one sync of the file system costs less than one of each file
_CANNOT_LINK = (errno.EXDEV, errno.EMLINK, errno.EPERM)


class Objects:
    """The files of one folder by the digest of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where the content of this digest lies, or would lie."""
        if not _DIGEST.fullmatch(digest):
            raise InvalidSpecError(f"{shown(digest)} is not a digest", fix="give 32 to 128 lower-case hex digits")
        return self._folder / digest[:2] / digest

    def add(self, entries: Iterable[FileEntry], root: Path) -> None:
        """Take the content of files below `root` that is not there yet; durable when this returns."""
        wanted = {entry.digest: entry for entry in entries}
        missing = [entry for entry in wanted.values() if not self._is_there(entry)]
        for parent in sorted({self.path(entry.digest).parent for entry in missing}):
            make_private_folder(parent)
            remove_abandoned(parent, time.time())
        copies = _each(lambda entry: self._copied(entry, root), missing)
        sync_files(copies)
        for entry, copy in zip(missing, copies, strict=True):
            _named(copy, self.path(entry.digest))
        sync_folders([self.path(entry.digest) for entry in missing])

    def remove_unused(self, digests: Iterable[str]) -> None:
        """Remove the content that has no other name on this disk."""
        for digest in digests:
            path = self.path(digest) if _DIGEST.fullmatch(digest) else None
            if path is not None and path.exists() and path.stat().st_nlink == 1:
                path.unlink(missing_ok=True)

    def _is_there(self, entry: FileEntry) -> bool:
        path = self.path(entry.digest)
        try:
            size = path.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return False
        if size != entry.size:
            why = f"it has {size} bytes there, and {entry.size} here"
            raise CorruptStateError(f"the stored content {entry.digest} is damaged", why=why, fix=f"remove {path}")
        return True

    def _copied(self, entry: FileEntry, root: Path) -> Path:
        target = self.path(entry.digest)
        temporary = temporary_beside(target)
        copy_file(root / entry.path, temporary)
        if temporary.stat().st_size != entry.size:
            temporary.unlink()
            raise ConflictError(
                f"{shown(entry.path)} changed while it was stored", fix="run again when nothing writes it"
            )
        return temporary


def temporary_beside(path: Path) -> Path:
    """A name in the same folder that nobody else uses; one left by a killed process is removed by a later one."""
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{os.urandom(8).hex()}")


def copy_file(source: Path, target: Path) -> None:
    """A read-only copy under a new name; not yet durable."""
    import shutil

    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with source.open("rb") as read, os.fdopen(descriptor, "wb") as write:
            os.fchmod(descriptor, READ_ONLY)
            shutil.copyfileobj(read, write, 1 << 20)
    except OSError as exc:
        target.unlink(missing_ok=True)
        raise disk_error(exc, source, "copy") from exc


def link_or_copy(source: Path, target: Path) -> None:
    """The same content under a second name, without a second copy where the disk allows it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as exc:
        if exc.errno not in _CANNOT_LINK:
            raise disk_error(exc, source, "link") from exc
        copy_file(source, target)
        with target.open("rb") as stream:
            os.fsync(stream.fileno())


def is_stored(path: Path) -> bool:
    """Whether it is a plain, finished file: links, pipes and what is still being written are not."""
    return not path.name.startswith(TEMPORARY) and path.is_file() and not path.is_symlink()


def sync_folders(paths: Iterable[Path]) -> None:
    """Make the names of these files survive a power loss."""
    folders = sorted({path.parent for path in paths})
    if len(folders) > _FEW and _file_system_synced(folders[0]):
        return
    for folder in folders:
        sync_folder(folder)


def _each(copied: object, entries: Sequence[FileEntry]) -> list[Path]:
    if len(entries) < 2:
        return [copied(entry) for entry in entries]  # type: ignore[operator]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(copied, entries))  # type: ignore[arg-type]


def sync_files(files: Sequence[Path]) -> None:
    """Make the content of these files survive a power loss."""
    if len(files) > _FEW and _file_system_synced(files[0]):
        return
    for path in files:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def _file_system_synced(path: Path) -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return bool(ctypes.CDLL(None).syncfs(descriptor) == 0)
    finally:
        os.close(descriptor)


def _named(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return  # another process stored the same content meanwhile
    finally:
        temporary.unlink()
