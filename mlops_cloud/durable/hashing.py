"""Names for content: digests of files and of JSON values."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Literal

from blake3 import blake3

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

CHUNK = 4 << 20


def file_digest(path: Path, algorithm: Literal["sha256", "blake3"] = "sha256") -> str:
    """Give the digest of a file's bytes in lower-case hexadecimal."""
    digest = hashlib.sha256() if algorithm == "sha256" else blake3()
    for chunk in _chunks(path):
        digest.update(chunk)
    return str(digest.hexdigest())


def file_identity(path: Path) -> str:
    """Name a file's content by the blake3 of the blake3 digests of its chunks of 4 MiB; 64 hexadecimal digits."""
    return identity_of(chunk_digests(path))


def identity_of(digests: Iterable[bytes]) -> str:
    """Name the content whose chunks have these digests."""
    return str(blake3(b"".join(digests)).hexdigest())


def chunk_digests(path: Path) -> Iterator[bytes]:
    """Give the blake3 digest of each chunk of 4 MiB; an empty file has none."""
    for chunk in _chunks(path):
        yield blake3(chunk).digest()


def canonical_json(value: object) -> bytes:
    """Write a JSON value as the one text of its kind: sorted keys, no spaces, UTF-8; no NaN and no keys but text."""
    try:
        _check_keys(value)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidSpecError("this value has no canonical JSON", why=str(exc)) from exc


def digest_of(value: object) -> str:
    """Give the sha256 of a value's canonical JSON in lower-case hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _check_keys(value: object) -> None:
    # json.dumps would write the keys 1 and "1" alike.
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                message = f"the key {key!r} is not text"
                raise TypeError(message)
            _check_keys(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_keys(inner)


def _chunks(path: Path) -> Iterator[bytes | memoryview]:
    try:
        with path.open("rb") as stream:
            # Most files end here, and clearing 4 MiB costs more than reading one.
            first = stream.read(CHUNK)
            if first:
                yield first
            if len(first) == CHUNK:
                yield from _more(stream)
    except OSError as exc:
        raise disk_error(exc, path, "read") from exc


def _more(stream: BufferedReader) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(CHUNK))
    while filled := stream.readinto(buffer):
        yield buffer[:filled]
