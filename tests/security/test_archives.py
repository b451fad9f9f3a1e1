"""Hostile archives: none writes outside its folder, leaves anything behind, or costs more than its caps."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import AlreadyExistsError, InvalidSpecError, MlopsCloudError, NotFoundError
from mlops_cloud.safety.archive_members import Limits
from mlops_cloud.safety.extract import extract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = Limits(members=1000, total_bytes=64 << 20, ratio=100, depth=8)
LONG = "/".join(["d" * 200] * 5)


def entry(name: str, content: bytes = b"evil", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, b"", type=kind, linkname=to)


def zipped(*entries: tuple[str, bytes], mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    assert len(old) == len(new)
    return data.replace(old, new)


def resized(data: bytes, size: bytes) -> bytes:
    """Give the first header of a tar another size, with a checksum that fits."""
    header = bytearray(data[:512])
    header[124:136] = size.ljust(12, b"\0")[:12]
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data[512:]


def quoted_overlap() -> bytes:
    """Make a zip whose thousand directory records all point at one member of zeros."""
    one = zipped(("a", bytes(16 << 20)))
    end = one.rindex(b"PK\x05\x06")
    start = one.index(b"PK\x01\x02")
    directory = one[start:end] * 1000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)
    return one[:start] + directory + tail


def encrypted() -> bytes:
    data = bytearray(zipped(("a", b"x")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def long_path_trick() -> bytes:
    """The trick of CVE-2025-4517: links that grow a path past PATH_MAX, then one that leaves."""
    part = "d" * 247
    path = ""
    entries = []
    for step in "abcdefghijklmnop":
        entries.append(entry(f"{path}{part}", b"", type=tarfile.DIRTYPE))
        entries.append(link(f"{path}{step}", part))
        path += f"{step}/"
    entries += [link(f"{path}{'l' * 254}", "../" * 16), link("escape", f"{path}{'l' * 254}/../../outside")]
    return tar(*entries, entry("escape/file"))


REFUSED: dict[str, Callable[[], bytes]] = {
    "tar: parent": lambda: tar(entry("../outside")),
    "tar: parent inside": lambda: tar(entry("a/../../outside")),
    "tar: absolute": lambda: tar(entry("/tmp/outside")),
    "tar: absolute twice": lambda: tar(entry("//tmp/outside")),
    "tar: dot inside": lambda: tar(entry("a/./b")),
    "tar: backslash": lambda: tar(entry("..\\outside")),
    "tar: newline": lambda: tar(entry("a\nb")),
    "tar: escape character": lambda: tar(entry("a\x1b[2Jb")),
    "tar: direction": lambda: tar(entry("a\u202etxt.exe")),
    "tar: not UTF-8": lambda: tar(entry("a\udcff"), form=tarfile.GNU_FORMAT),
    "tar: empty part": lambda: tar(entry("a//b")),
    "tar: symbolic link": lambda: tar(link("a", "/etc/passwd")),
    "tar: link and file through it": lambda: tar(link("a", ".."), entry("a/outside")),
    "tar: hard link": lambda: tar(entry("a"), link("b", "a", tarfile.LNKTYPE)),
    "tar: hard link outside": lambda: tar(link("b", "/etc/passwd", tarfile.LNKTYPE)),
    "tar: pipe": lambda: tar(entry("a", b"", type=tarfile.FIFOTYPE)),
    "tar: character device": lambda: tar(entry("a", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)),
    "tar: block device": lambda: tar(entry("a", b"", type=tarfile.BLKTYPE, devmajor=8)),
    "tar: contiguous file": lambda: tar(entry("a", b"x", type=tarfile.CONTTYPE)),
    "tar: long path trick": long_path_trick,
    "tar: path of pax": lambda: tar(entry("a", pax_headers={"path": "../outside"})),
    "tar: sparse by pax": lambda: tar(entry("a", b"x", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": "1"})),
    "tar: huge pax header": lambda: tar(entry("a", pax_headers={"comment": "x" * (4 << 20)})),
    "tar: size of pax below zero": lambda: tar(entry("a", b"x", pax_headers={"size": "-512"})),
    "tar: size below zero": lambda: resized(tar(entry("a", b"x")), b"\xff" * 10 + b"\xfc\x00"),
    "tar: size of many gigabytes": lambda: resized(tar(entry("a", b"x")), b"\x80" + b"\0" * 6 + b"\x7f" * 5),
    "tar: the same name twice": lambda: tar(entry("a"), entry("a")),
    "tar: a file where a folder is": lambda: tar(entry("a/b"), entry("a")),
    "tar: a folder where a file is": lambda: tar(entry("a"), entry("a/b")),
    "tar: long part": lambda: tar(entry("a" * 256)),
    "tar: long path": lambda: tar(entry(f"{LONG}/{LONG}")),
    "tar: deep": lambda: tar(entry("/".join("a" * 20))),
    "tar: many members": lambda: tar(*(entry(f"f{n}", b"") for n in range(1001))),
    "tar: cut in a file": lambda: tar(entry("a", b"x" * 5000))[:3000],
    "tar: cut between members": lambda: tar(entry("a", b"x" * 512), entry("b"))[:1024],
    "tar: damaged second header": lambda: patched(tar(entry("a"), entry("bbb")), b"bbb", b"ccc"),
    "tar: cut in a header": lambda: tar(entry("a", b"x" * 512), entry("b"))[:1200],
    "tar.gz: bomb": lambda: gzip.compress(tar(entry("a", bytes(40 << 20))), 9),
    "tar.gz: bomb behind the end": lambda: gzip.compress(tar(entry("a")) + bytes(40 << 20), 9),
    "tar.gz: cut": lambda: gzip.compress(tar(entry("a", random.Random(1).randbytes(50_000))))[:20_000],
    "tar.gz: checksum": lambda: (
        patched(gzip.compress(tar(entry("a")), mtime=0), b"\x1f\x8b", b"\x1f\x8b")[:-8] + bytes(8)
    ),
    "tar.gz: parent": lambda: gzip.compress(tar(entry("../outside"))),
    "zip: parent": lambda: zipped(("../outside", b"evil")),
    "zip: parent inside": lambda: zipped(("a/../../outside", b"evil")),
    "zip: absolute": lambda: zipped(("/tmp/outside", b"evil")),
    "zip: drive": lambda: zipped(("..\\..\\outside", b"evil")),
    "zip: folder outside": lambda: zipped(("../outside/", b"")),
    "zip: NUL": lambda: patched(zipped(("a_../b", b"evil")), b"a_../b", b"a\0../b"),
    "zip: symbolic link": lambda: zipped(("a", b"/etc/passwd"), mode=0o120777),
    "zip: pipe": lambda: zipped(("a", b""), mode=0o010644),
    "zip: a folder's mode on a file": lambda: zipped(("a", b""), mode=0o040755),
    "zip: encrypted": encrypted,
    "zip: unusual method": lambda: zipped(("a", b"x"), method=zipfile.ZIP_LZMA),
    "zip: bomb": lambda: zipped(("a", bytes(40 << 20))),
    "zip: many small bombs": lambda: zipped(*((f"f{n}", bytes(1 << 20)) for n in range(40))),
    "zip: overlapping members": quoted_overlap,
    "zip: many members": lambda: zipped(*((f"f{n}", b"") for n in range(1001))),
    "zip: directory of 20,000": lambda: zipped(*((f"{n}", b"") for n in range(20_000))),
    "zip: names that differ": lambda: zipped(("abc", b"x")).replace(b"abc", b"abd", 1),
    "zip: checksum": lambda: zipped(("a", b"x" * 9), method=zipfile.ZIP_STORED).replace(b"x" * 9, b"y" * 9),
    "zip: cut": lambda: zipped(("a", b"x" * 900))[:-30],
    "zip: a file where a folder is": lambda: zipped(("a/b", b""), ("a", b"")),
    "zip: end alone": lambda: b"PK\x03\x04",
    "empty file": lambda: b"",
    "text": lambda: b"not an archive\n" * 100,
    "gzip of text": lambda: gzip.compress(b"not an archive\n" * 100),
    "gzip magic alone": lambda: b"\x1f\x8b",
    "bzip2": lambda: b"BZh91AY&SY" + b"\0" * 100,
}


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) >= 40


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_archive_leaves_nothing(case: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(REFUSED[case]())
    started = time.process_time()
    with pytest.raises(InvalidSpecError, match="is refused") as caught:
        extract(archive, tmp_path / "target", LIMITS)
    assert time.process_time() - started < 2
    assert str(caught.value).replace("\n", "").isprintable()
    assert everything(tmp_path) == {"archive"}


FILES = {"model/a.bin": bytes(5000), "code/träin.py": b"print()", "MANIFEST.json": b"{}"}


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar ./", "zip folders"])
def test_an_honest_archive_is_unpacked_for_its_owner_alone(kind: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    if kind.startswith("zip"):
        folders = [("model/", b""), ("code/", b"")] if kind == "zip folders" else []
        content = zipped(*folders, *FILES.items())
    else:
        prefix = "./" if kind == "tar ./" else ""
        top = [entry(".", b"", type=tarfile.DIRTYPE), entry("./model", b"", type=tarfile.DIRTYPE)] if prefix else []
        content = tar(*top, *(entry(prefix + name, data, mode=0o777, uid=99) for name, data in FILES.items()))
    archive.write_bytes(gzip.compress(content) if kind == "tar.gz" else content)
    before = os.umask(0)
    try:
        assert extract(archive, tmp_path / "target") == sorted(FILES)
    finally:
        os.umask(before)
    for path in (tmp_path / "target").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert {name: (tmp_path / "target" / name).read_bytes() for name in FILES} == FILES
    assert everything(tmp_path) == {"archive", "target", "target/model", "target/code"} | {f"target/{n}" for n in FILES}


def test_a_target_that_is_there_or_an_archive_that_is_not(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(zipped(("a", b"x")))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("archive", "link"):
        with pytest.raises(AlreadyExistsError):
            extract(archive, tmp_path / name)
    with pytest.raises(NotFoundError):
        extract(tmp_path / "missing", tmp_path / "target")
    with pytest.raises(NotFoundError):
        extract(archive, tmp_path / "missing" / "target")
    assert everything(tmp_path) == {"archive", "link"}


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_damaged_bytes_are_refused_or_harmless(kind: str, tmp_path: Path) -> None:
    plain = zipped(*FILES.items()) if kind == "zip" else tar(*(entry(name, data) for name, data in FILES.items()))
    content = gzip.compress(plain) if kind == "tar.gz" else plain
    archive = tmp_path / "archive"
    chance = random.Random(3)
    for number in range(100):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(content))] = chance.randrange(256)
        archive.write_bytes(damaged[: chance.randrange(len(content))] if number % 5 == 0 else damaged)
        target = tmp_path / f"target{number}"
        try:
            extract(archive, target, LIMITS)
        except MlopsCloudError:
            assert not target.exists()
    allowed = {"archive", *(f"target{number}" for number in range(100))}
    assert {path.name for path in tmp_path.iterdir()} <= allowed
