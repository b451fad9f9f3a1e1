"""Archives from outside, unpacked into a new folder: plain files and folders only, within limits, or nothing at all."""

from __future__ import annotations

import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, NoReturn

from mlops_cloud.errors import AlreadyExistsError
from mlops_cloud.safety.archive_members import BLOCK, Budget, Limits, refusal, tar_members, zip_members
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud.safety.names import path_fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from mlops_cloud.safety.archive_members import Member

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# All that zipfile, tarfile, gzip and zlib raise over damaged bytes; OSError is told apart by its number.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    LookupError,
    RuntimeError,
    OSError,
)


def extract(archive: Path, target: Path, limits: Limits | None = None) -> list[str]:
    """Unpack a zip, tar or tar.gz into the new folder `target` and give its files' paths, sorted.

    InvalidSpecError says why an archive is refused; then `target` does not exist.
    """
    if os.path.lexists(target):
        raise AlreadyExistsError(f"{target} is there already", fix="unpack into a new folder")
    partial = target.with_name(f".part-{os.urandom(8).hex()}")
    try:
        partial.mkdir(0o700)
        try:
            partial.chmod(0o700)
            files = _unpacked(archive, partial, limits or Limits())
            partial.rename(target)
        except BaseException:
            shutil.rmtree(partial)
            raise
    except OSError as exc:
        raise disk_error(exc, target, "unpack to") from exc
    return sorted(files)


def _unpacked(archive: Path, folder: Path, limits: Limits) -> list[str]:
    try:
        stream = archive.open("rb")
    except OSError as exc:
        raise disk_error(exc, archive, "read") from exc
    with stream:
        writer = _Writer(folder, Budget(archive, limits))
        try:
            for member in _members(stream, writer.budget):
                writer.add(member)
        except _DAMAGE as exc:
            _refuse_damage(archive, exc)
    return writer.files


def _refuse_damage(archive: Path, exc: Exception) -> NoReturn:
    if isinstance(exc, OSError) and exc.errno is not None:
        raise exc
    raise refusal(archive, f"it is damaged: {shown(str(exc), 200)}") from exc


def _members(stream: IO[bytes], budget: Budget) -> Iterator[Member]:
    magic = stream.read(4)
    stream.seek(0)
    if magic in {b"PK\x03\x04", b"PK\x05\x06"}:
        return zip_members(stream, budget)
    return tar_members(stream, budget, packed=magic[:2] == b"\x1f\x8b")


class _Writer:
    """Writes members below a folder of its own, in which nothing lies that it did not make."""

    def __init__(self, folder: Path, budget: Budget) -> None:
        self._folder = folder
        self._folders: set[str] = set()
        self.budget = budget
        self.files: list[str] = []

    def add(self, member: Member) -> None:
        name = member.name.removeprefix("./").removesuffix("/") or "."
        if name == "." and member.content is None:
            return
        self._check(name)
        parents = name.split("/")
        depth = len(parents) + (member.content is None)
        for end in range(1, depth):
            self._make_folder("/".join(parents[:end]))
        if member.content is not None:
            self._write(name, member)

    def _check(self, name: str) -> None:
        fault = path_fault(name)
        if not fault and name.count("/") >= self.budget.limits.depth:
            fault = f"it lies deeper than {self.budget.limits.depth} folders"
        if fault:
            raise refusal(self.budget.path, f"the path {shown(name)} is not safe: {fault}")

    def _make_folder(self, name: str) -> None:
        if name in self._folders:
            return
        try:
            (self._folder / name).mkdir(0o700)
        except FileExistsError as exc:
            raise refusal(self.budget.path, f"{shown(name)} is in it twice") from exc
        (self._folder / name).chmod(0o700)
        self._folders.add(name)

    def _write(self, name: str, member: Member) -> None:
        try:
            descriptor = os.open(self._folder / name, _NEW, 0o600)
        except FileExistsError as exc:
            raise refusal(self.budget.path, f"{shown(name)} is in it twice") from exc
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            left = member.size
            while left and member.content and (data := member.content.read(min(BLOCK, left))):
                file.write(data)
                left -= len(data)
        if left:
            raise refusal(self.budget.path, f"{shown(name)} is cut off")
        self.files.append(name)
