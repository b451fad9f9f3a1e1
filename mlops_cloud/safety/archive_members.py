"""What zip and tar archives hold, one member at a time, counted before it is kept."""

from __future__ import annotations

import stat
import struct
import tarfile
import zipfile
from gzip import GzipFile
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 16
# Headers are read whole by tarfile; none of an honest archive is larger.
_HEADER_LIMIT = 1 << 20
# Small archives of zeros are honest: the ratio counts from here on.
_RATIO_FROM = 16 << 20
# Bytes of the central directory of a zip for one member: 46, its name, and what tools add.
_RECORD_LIMIT = 400


class Limits(NamedTuple):
    """How much one archive may hold; `ratio` is unpacked size to packed size."""

    members: int = 10_000
    total_bytes: int = 8 << 30
    ratio: int = 200
    depth: int = 32


class Reader(Protocol):
    """Anything that gives its next bytes."""

    def read(self, size: int, /) -> bytes:
        """Give at most `size` bytes; none at the end."""


class Member(NamedTuple):
    """A file with its content and size in bytes, or a folder."""

    name: str
    content: Reader | None
    size: int


class Budget:
    """Counts what an archive has cost so far and refuses it when that is too much."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self._bytes = 0
        self._members = 0
        self._most = min(limits.total_bytes, max(_RATIO_FROM, limits.ratio * path.stat().st_size))

    def spend(self, size: int) -> None:
        """Count bytes that came out of the archive."""
        self._bytes += size
        if self._bytes > self._most:
            raise refusal(self.path, f"it unpacks to more than {self._most} bytes")

    def member(self) -> None:
        """Count a member."""
        self._members += 1
        if self._members > self.limits.members:
            raise refusal(self.path, f"it has more than {self.limits.members} members")


def refusal(path: Path, why: str) -> InvalidSpecError:
    """Make the error for an archive that is not unpacked."""
    return InvalidSpecError(f"the archive {path} is refused; nothing of it was kept", why=why, fix="pack it anew")


class _Forward:
    """A tar stream that only goes forward: a size below zero would send tarfile round in circles (CVE-2025-8194)."""

    def __init__(self, stream: IO[bytes] | GzipFile, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._position = 0
        self._last = b""

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _HEADER_LIMIT:
            raise refusal(self._budget.path, f"a header in it claims to have {size} bytes")
        self._last = data = self._stream.read(size)
        self._position += len(data)
        self._budget.spend(len(data))
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        if position < self._position:
            raise refusal(self._budget.path, "a header in it points backwards")
        while self._position < position and self.read(min(BLOCK, position - self._position)):
            pass

    def finish(self) -> None:
        """Check the mark of the end, for tarfile takes a damaged header for it, and gzip's checksum behind it."""
        if self._last != bytes(tarfile.BLOCKSIZE):
            raise refusal(self._budget.path, "it is cut off or damaged")
        while self.read(BLOCK):
            pass


def tar_members(stream: IO[bytes], budget: Budget, *, packed: bool) -> Iterator[Member]:
    """Give the members of a tar, or a tar.gz if it is `packed`; each content must be read before the next."""
    forward = _Forward(GzipFile(fileobj=stream, mode="rb") if packed else stream, budget)
    with tarfile.TarFile(fileobj=forward) as archive:  # type: ignore[arg-type]
        while (info := archive.next()) is not None:
            budget.member()
            # tarfile keeps every header it has seen.
            archive.members = []  # type: ignore[attr-defined]
            if info.isdir():
                yield Member(info.name, None, 0)
                continue
            if info.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or info.issparse():
                raise refusal(budget.path, f"{info.name[:200]!r} is neither a plain file nor a folder")
            if forward.tell() != info.offset_data or info.size < 0:
                raise refusal(budget.path, f"the header of {info.name[:200]!r} is damaged")
            yield Member(info.name, forward, info.size)
    forward.finish()


def zip_members(stream: IO[bytes], budget: Budget) -> Iterator[Member]:
    """Give the members of a zip; each content must be read before the next."""
    _check_directory(stream, budget)
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            budget.member()
            _check_zip_info(info, budget.path)
            if info.is_dir():
                yield Member(info.filename, None, 0)
                continue
            with archive.open(info) as content:
                yield Member(info.filename, _Counted(content, budget), info.file_size)


class _Counted:
    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._budget.spend(len(data))
        return data


def _check_zip_info(info: zipfile.ZipInfo, path: Path) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    name = repr(info.orig_filename[:200])
    if kind not in {0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG}:
        raise refusal(path, f"{name} is neither a plain file nor a folder")
    if info.flag_bits & 0x41:
        raise refusal(path, f"{name} is encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise refusal(path, f"{name} is packed by an unusual method")
    if "\0" in info.orig_filename:
        raise refusal(path, f"the name {name} holds a NUL character")


def _check_directory(stream: IO[bytes], budget: Budget) -> None:
    # zipfile reads the whole directory at once, however long it is.
    length = stream.seek(0, 2)
    stream.seek(max(0, length - 66_000))
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise refusal(budget.path, "it is cut off, or not a zip archive")
    size = struct.unpack_from("<L", tail, end + 12)[0]
    if end >= 76 and tail[end - 76 : end - 72] == b"PK\x06\x06":
        size = struct.unpack_from("<Q", tail, end - 76 + 40)[0]
    if size > budget.limits.members * _RECORD_LIMIT:
        raise refusal(budget.path, f"it has more than {budget.limits.members} members")
