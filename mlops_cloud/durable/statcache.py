"""Remembered digests of files, so that an unchanged file is named without being read."""

from __future__ import annotations

import os
import time
import zlib
from typing import TYPE_CHECKING

from mlops_cloud.durable.database import Database, open_database
from mlops_cloud.durable.hashing import file_identity
from mlops_cloud.errors import ConflictError, CorruptStateError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

# A file changed twice within the resolution of its clock keeps its time stamp: git calls such an entry racy.
RACY_NS = 2_000_000_000
_TABLE = """
CREATE TABLE entry (
  folder BLOB NOT NULL, name BLOB NOT NULL, kind TEXT NOT NULL, stamp TEXT NOT NULL, digest TEXT NOT NULL,
  crc INTEGER NOT NULL, PRIMARY KEY (folder, name, kind)
) STRICT, WITHOUT ROWID
"""
_SCHEMA = ((_TABLE,),)


class StatCache:
    """Digests by path, size, time of change and inode; a damaged cache is thrown away, never believed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _opened(path)
        self._folders: dict[tuple[bytes, str], dict[bytes, tuple[str, str]]] = {}
        self._new: dict[tuple[bytes, bytes, str], tuple[str, str]] = {}

    def __enter__(self) -> StatCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.save()
        finally:
            self._database.close()

    def digest(self, path: Path, compute: Callable[[Path], str] = file_identity, kind: str = "blake3") -> str:
        """Give a file's digest, computed only if it may have changed; `kind` keeps other digests apart."""
        folder, name = os.path.split(os.fsencode(path))
        before = _stat(path)
        stamp = _stamp(before)
        known = self._known(folder, kind).get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        started = time.time_ns()
        digest = compute(path)
        if _stamp(_stat(path)) != stamp:
            raise ConflictError(f"{path} changed while it was read", fix="run again when nothing writes to it")
        if before.st_mtime_ns < started - RACY_NS:
            self._known(folder, kind)[name] = stamp, digest
            self._new[folder, name, kind] = stamp, digest
        return digest

    def save(self) -> None:
        """Write what is new to disk."""
        if not self._new:
            return
        with self._database.transaction():
            for (folder, name, kind), (stamp, digest) in self._new.items():
                self._database.execute(
                    "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)",
                    (folder, name, kind, stamp, digest, _crc(folder, name, kind, stamp, digest)),
                )
        self._new.clear()

    def _known(self, folder: bytes, kind: str) -> dict[bytes, tuple[str, str]]:
        # One query for a whole folder: 50,000 single ones would take longer than to read the stats.
        entries = self._folders.get((folder, kind))
        if entries is None:
            entries = self._folders[folder, kind] = self._read(folder, kind)
        return entries

    def _read(self, folder: bytes, kind: str) -> dict[bytes, tuple[str, str]]:
        query = "SELECT name, stamp, digest, crc FROM entry WHERE folder = ? AND kind = ?"
        try:
            rows = self._database.execute(query, (folder, kind))
        except CorruptStateError:
            self._database.close()
            _discard(self._path)
            self._database = _opened(self._path)
            return {}
        return {
            name: (stamp, digest)
            for name, stamp, digest, crc in rows
            if isinstance(name, bytes) and isinstance(stamp, str) and isinstance(digest, str)
            if crc == _crc(folder, name, kind, stamp, digest)
        }


def _opened(path: Path) -> Database:
    try:
        return open_database(path, _SCHEMA, durable=False)
    except CorruptStateError:
        _discard(path)
        return open_database(path, _SCHEMA, durable=False)


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _stat(path: Path) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116 - Path.stat costs half as much again, for each file of a data set
    except OSError as exc:
        raise disk_error(exc, path, "read") from exc


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def _crc(folder: bytes, name: bytes, kind: str, stamp: str, digest: str) -> int:
    return zlib.crc32(b"\0".join((folder, name, kind.encode(), stamp.encode(), digest.encode())))
