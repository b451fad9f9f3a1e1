from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mlops_cloud.durable.hashing import file_digest, file_identity
from mlops_cloud.durable.statcache import StatCache
from mlops_cloud.errors import ConflictError, NotFoundError


class Counting:
    """Counts how often a file was really read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path) -> str:
        self.read.append(path.name)
        return file_identity(path)


def old_file(path: Path, content: bytes, age: float = 10) -> Path:
    path.write_bytes(content)
    stamp = time.time_ns() - int(age * 1e9)
    os.utime(path, ns=(stamp, stamp))
    return path


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    path = old_file(tmp_path / "a.csv", b"1")
    compute = Counting()
    for _ in range(2):
        with StatCache(tmp_path / "cache.db") as cache:
            assert cache.digest(path, compute) == file_identity(path)
            assert cache.digest(path, compute) == file_identity(path)
    assert compute.read == ["a.csv"]


def test_kinds_of_digests_and_strange_names_are_kept_apart(tmp_path: Path) -> None:
    path = old_file(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n")), b"1")
    for _ in range(2):
        with StatCache(tmp_path / "cache.db") as cache:
            assert cache.digest(path) == file_identity(path)
            assert cache.digest(path, file_digest, "sha256") == file_digest(path)


def test_a_file_as_young_as_the_snapshot_is_read_again(tmp_path: Path) -> None:
    young = old_file(tmp_path / "young", b"1", age=1)
    future = old_file(tmp_path / "future", b"1", age=-100)
    compute = Counting()
    with StatCache(tmp_path / "cache.db") as cache:
        for path in (young, young, future, future):
            cache.digest(path, compute)
    assert compute.read == ["young", "young", "future", "future"]


def test_the_same_size_and_time_but_another_file(tmp_path: Path) -> None:
    path = old_file(tmp_path / "a", b"1")
    status = path.stat()
    with StatCache(tmp_path / "cache.db") as cache:
        before = cache.digest(path)
        other = tmp_path / "b"
        other.write_bytes(b"2")
        os.utime(other, ns=(status.st_mtime_ns, status.st_mtime_ns))
        other.replace(path)
        assert cache.digest(path) == file_identity(path) != before


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = old_file(tmp_path / "log", b"1")

    def compute(path: Path) -> str:
        path.write_bytes(b"22")
        return "x"

    with StatCache(tmp_path / "cache.db") as cache:
        with pytest.raises(ConflictError, match="changed while it was read"):
            cache.digest(path, compute)
        with pytest.raises(NotFoundError, match="missing"):
            cache.digest(tmp_path / "missing")


@pytest.mark.parametrize("damage", ["no database", "flipped digest", "cut"])
def test_a_damaged_cache_is_not_believed(tmp_path: Path, damage: str) -> None:
    files = [old_file(tmp_path / f"{n}", str(n).encode()) for n in range(50)]
    cache_path = tmp_path / "cache.db"
    with StatCache(cache_path) as cache:
        digests = [cache.digest(path) for path in files]
    content = cache_path.read_bytes()
    if damage == "no database":
        content = b"x" * 5000
    elif damage == "cut":
        content = content[:8192]
    else:
        content = content.replace(digests[3].encode(), b"0" * 64)
    cache_path.write_bytes(content)
    compute = Counting()
    with StatCache(cache_path) as cache:
        assert [cache.digest(path, compute) for path in files] == digests
    assert "3" in compute.read
    compute.read.clear()
    with StatCache(cache_path) as cache:
        assert [cache.digest(path, compute) for path in files] == digests
    assert compute.read == []
