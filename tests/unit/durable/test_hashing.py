from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from blake3 import blake3

from mlops_cloud.durable.hashing import (
    CHUNK,
    canonical_json,
    chunk_digests,
    digest_of,
    file_digest,
    file_identity,
    identity_of,
)
from mlops_cloud.errors import InvalidSpecError, NotFoundError


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_digests_of_files(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    path.write_bytes(content)
    assert file_digest(path) == hashlib.sha256(content).hexdigest()
    assert file_digest(path, "blake3") == blake3(content).hexdigest()
    chunks = [content[at : at + CHUNK] for at in range(0, size, CHUNK)]
    assert list(chunk_digests(path)) == [blake3(chunk).digest() for chunk in chunks]
    assert file_identity(path) == blake3(b"".join(blake3(chunk).digest() for chunk in chunks)).hexdigest()
    assert identity_of(chunk_digests(path)) == file_identity(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="missing"):
        file_digest(tmp_path / "missing")
    with pytest.raises(NotFoundError, match="missing"):
        file_identity(tmp_path / "missing")


def test_json_has_one_text() -> None:
    assert canonical_json({"b": [1, 2.5, None, True], "a": "é\n"}) == '{"a":"é\\n","b":[1,2.5,null,true]}'.encode()
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) == digest_of({"b": 2, "a": 1})
    assert digest_of([1]) != digest_of([1.0])
    assert digest_of({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, [{None: 1}], {1, 2}, b"x", "\ud800", Path("x")])
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(InvalidSpecError, match="no canonical JSON"):
        canonical_json(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(InvalidSpecError, match="no canonical JSON"):
        canonical_json(value)
