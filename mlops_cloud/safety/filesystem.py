"""What the operating system refused, as an error that names the path and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from mlops_cloud.errors import (
    AlreadyExistsError,
    MlopsCloudError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
)

if TYPE_CHECKING:
    from pathlib import Path

_KINDS: dict[int | None, tuple[type[MlopsCloudError], str]] = {
    errno.ENOSPC: (QuotaExceededError, "free space on that disk, then try again"),
    errno.EDQUOT: (QuotaExceededError, "free space within the quota of that disk, then try again"),
    errno.EFBIG: (QuotaExceededError, "raise the limit on the size of a file (ulimit -f)"),
    errno.EMFILE: (QuotaExceededError, "raise the limit on open files (ulimit -n)"),
    errno.ENFILE: (QuotaExceededError, "close programs: this computer has no open files left"),
    errno.EACCES: (PermissionDeniedError, "give this user access to it"),
    errno.EPERM: (PermissionDeniedError, "give this user access to it"),
    errno.EROFS: (PermissionDeniedError, "choose a folder on a disk that can be written"),
    errno.ELOOP: (PermissionDeniedError, "remove the symbolic link, or name the folder it leads to"),
    errno.ENOENT: (NotFoundError, "check the path"),
    errno.ENOTDIR: (NotFoundError, "check the path: part of it is a file"),
    errno.EEXIST: (AlreadyExistsError, "choose another name, or remove it"),
    errno.EISDIR: (AlreadyExistsError, "a folder stands where a file should; remove it or choose another name"),
}


def disk_error(exc: OSError, path: Path, doing: str) -> MlopsCloudError:
    """Translate `exc`, met while `doing` ("write", "read") something to `path`."""
    kind, fix = _KINDS.get(exc.errno, (MlopsCloudError, "check the disk"))
    return kind(f"cannot {doing} {path}", why=exc.strerror or os.strerror(exc.errno or 0), fix=fix)
