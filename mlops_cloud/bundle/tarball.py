"""A job's archive as a tar.gz, for platforms that want one, with the same bytes on every host."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from mlops_cloud.bundle.archive import Archive
from mlops_cloud.durable.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

# RFC 1952: deflate, no flags, no time, no extra flags, operating system unknown.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_STORED_BLOCK = 0xFFFF  # bytes, RFC 1951 section 3.2.4


def tar_gz(archive: Archive, target: Path) -> Archive:
    """The archive's members as a tar.gz; unpacked, `python3 __main__.py` there starts the job."""
    data = _gzipped(_tar(archive.path))
    write_atomic(target, data)
    return Archive(target, hashlib.sha256(data).hexdigest(), len(data))


def _tar(path: Path) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(path) as source,
        tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for name in source.namelist():
            if not name.endswith("/"):
                member = tarfile.TarInfo(name)
                member.size = source.getinfo(name).file_size
                target.addfile(member, source.open(name))
    return buffer.getvalue()


def _gzipped(data: bytes) -> bytes:
    """A gzip stream of stored blocks: zlib and zlib-ng compress to different bytes."""
    out = [_GZIP_HEADER]
    for start in range(0, len(data), _STORED_BLOCK):
        block = data[start : start + _STORED_BLOCK]
        last = start + _STORED_BLOCK >= len(data)
        out += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    out.append(struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))
    return b"".join(out)
