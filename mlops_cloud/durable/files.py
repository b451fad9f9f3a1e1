"""Files that are whole or not there, whatever dies in between, and that only their owner can read."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from mlops_cloud.errors import CorruptStateError, PermissionDeniedError, QuotaExceededError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_TEMPORARY = ".part-"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HOUR = 3600.0


def write_atomic(path: Path, data: bytes, mode: int = PRIVATE_FILE, *, durable: bool = True) -> None:
    """Replace the whole content of a file; after a crash or a power loss it is the old or the new one.

    Without `durable` a power loss may leave it empty: for what is temporary, or can be found out again.
    """
    try:
        temporary = _written(path, data, mode, durable=durable)
        try:
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            sync_folder(path.parent)
    except OSError as exc:
        raise disk_error(exc, path, f"write {len(data)} bytes to") from exc


def create_exclusive(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> bool:
    """Create a file with its whole content, or answer False if there is one: of many callers one gets True."""
    try:
        temporary = _written(path, data, mode)
        try:
            os.link(temporary, path, follow_symlinks=False)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
            sync_folder(path.parent)
    except OSError as exc:
        raise disk_error(exc, path, f"create {len(data)} bytes at") from exc
    return True


def read_json(path: Path) -> object:
    """Read a JSON file of ours; NotFoundError if there is none, CorruptStateError if it is not JSON."""
    import json  # the other functions here serve processes that start in 20 ms

    try:
        value: object = json.loads(path.read_bytes())
    except OSError as exc:
        raise disk_error(exc, path, "read") from exc
    except (ValueError, RecursionError) as exc:
        fix = "restore it from a backup, or remove it"
        raise CorruptStateError(f"{path} is not the JSON that was written", why=str(exc), fix=fix) from exc
    return value


def make_private_folder(path: Path) -> Path:
    """Make a folder, and its parents, that only this user may enter; one of somebody else's is refused."""
    try:
        _make_missing(path)
        descriptor = os.open(path, _FOLDER)
        try:
            _own(path, descriptor)
        finally:
            os.close(descriptor)
    except OSError as exc:
        if exc.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise _not_private(path, "it is a symbolic link or a file, not a folder") from exc
        raise disk_error(exc, path, "make the folder") from exc
    return path


def free_space_check(path: Path, needed: int) -> None:
    """Refuse, before anything is written, what the disk under `path` has no room for; `needed` is in bytes."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        disk = os.statvfs(existing)
    except OSError as exc:
        raise disk_error(exc, existing, "look at the disk of") from exc
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise QuotaExceededError(
            f"{needed} bytes do not fit at {path}",
            why=f"{free} bytes are free there",
            fix=f"free {needed - free} bytes, or choose a folder on another disk",
        )


def remove_abandoned(folder: Path, now: float, older_than: float = _HOUR) -> int:
    """Remove what writers that were killed left in a folder, and count it; times are in seconds."""
    removed = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(_TEMPORARY):
                continue
            with suppress(FileNotFoundError):  # its writer, in another thread or process, has just finished
                if entry.stat(follow_symlinks=False).st_mtime < now - older_than:
                    os.unlink(entry.path)  # noqa: PTH108 - an entry of scandir is no Path, and making one costs more
                    removed += 1
    return removed


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(path: Path, data: bytes, mode: int, *, durable: bool = True) -> Path:
    temporary = path.parent / f"{_TEMPORARY}{os.getpid()}-{os.urandom(8).hex()}"
    descriptor = os.open(temporary, _NEW, PRIVATE_FILE)
    try:
        try:
            os.fchmod(descriptor, mode)
            _write_all(descriptor, data)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _make_missing(path: Path) -> None:
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        try:
            folder.mkdir(PRIVATE_FOLDER)
        except FileExistsError:
            continue
        # The umask can only have taken rights away from the owner.
        folder.chmod(PRIVATE_FOLDER)


def _own(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        raise _not_private(path, f"it belongs to user {status.st_uid}, not to {os.geteuid()}")
    if status.st_mode & 0o777 != PRIVATE_FOLDER:
        os.fchmod(descriptor, PRIVATE_FOLDER)


def _not_private(path: Path, why: str) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"{path} cannot hold private state", why=why, fix="set MLOPS_CLOUD_HOME to a folder of your own"
    )
