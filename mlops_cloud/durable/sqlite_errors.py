"""What SQLite reports, as errors that say what one can do about it."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops_cloud.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptStateError,
    InvalidSpecError,
    MlopsCloudError,
    PermissionDeniedError,
    QuotaExceededError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RESTORE = "restore it from a backup (*.bak beside it), or move it away to start anew"
_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID)
_KINDS: dict[int, tuple[type[MlopsCloudError], str, str]] = {
    sqlite3.SQLITE_FULL: (QuotaExceededError, "the disk is full", "free space on that disk, then try again"),
    sqlite3.SQLITE_BUSY: (ConflictError, "is in use by another process", "wait until that has ended, then try again"),
    sqlite3.SQLITE_LOCKED: (ConflictError, "is in use by this process", "wait until that has ended, then try again"),
    sqlite3.SQLITE_CORRUPT: (CorruptStateError, "is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: (CorruptStateError, "is not a database, or is damaged", _RESTORE),
    sqlite3.SQLITE_READONLY: (PermissionDeniedError, "cannot be written", "give this user the right to write it"),
    sqlite3.SQLITE_PERM: (PermissionDeniedError, "cannot be opened", "give this user access to it"),
    sqlite3.SQLITE_CANTOPEN: (PermissionDeniedError, "cannot be opened", "check that its folder exists and is yours"),
    sqlite3.SQLITE_IOERR: (MlopsCloudError, "cannot be read or written", "check the disk"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn every error of SQLite about the database at `path` into one of ours."""
    try:
        yield
    except sqlite3.Error as exc:
        raise _ours(exc, path) from exc
    except (OverflowError, UnicodeEncodeError) as exc:
        raise InvalidSpecError(f"{path} cannot hold this value", why=str(exc), fix="shorten or mend it") from exc


def _ours(exc: sqlite3.Error, path: Path) -> MlopsCloudError:
    code = getattr(exc, "sqlite_errorcode", None) or 0
    if code in _UNIQUE:
        return AlreadyExistsError(f"{path} has that row already", why=str(exc), fix="use another key")
    if "Could not decode to UTF-8" in str(exc):
        code = sqlite3.SQLITE_CORRUPT
    kind, what, fix = _KINDS.get(code & 0xFF, (MlopsCloudError, "refused a statement", "report this: it is a bug"))
    return kind(f"{path} {what}", why=str(exc), fix=fix, code=getattr(exc, "sqlite_errorname", ""))
