"""Packages of ours that travel with jobs: unpacked and compiled once, and never as a job left them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from mlops_cloud_local.carried import Carried

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "0123abcd"
    with ZipFile(path, "w") as packed:
        packed.writestr("wanted/__init__.py", "ANSWER = 42\n")
        packed.writestr("wanted/data.txt", "text")
    return path


@pytest.fixture
def carried(tmp_path: Path) -> Carried:
    return Carried(tmp_path / "carried")


def _answer(folder: Path) -> str:
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import wanted; print(wanted.ANSWER, wanted.__cached__)"
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_it_is_made_once_and_compiled(carried: Carried, archive: Path) -> None:
    first = carried.unpacked(archive)
    compiled = first / "wanted" / "__pycache__" / f"__init__.{sys.implementation.cache_tag}.pyc"
    made = compiled.stat()
    assert _answer(first) == f"42 {compiled}\n"
    assert carried.unpacked(archive) == first
    assert compiled.stat().st_ino == made.st_ino


@pytest.mark.parametrize("damage", ["module", "compiled", "data", "new file", "gone"])
def test_what_a_job_changed_is_not_given_to_the_next(carried: Carried, archive: Path, damage: str) -> None:
    folder = carried.unpacked(archive) / "wanted"
    compiled = folder / "__pycache__" / f"__init__.{sys.implementation.cache_tag}.pyc"
    if damage == "module":
        (folder / "__init__.py").write_text("ANSWER = 13\n")
    elif damage == "compiled":
        compiled.write_bytes(compiled.read_bytes()[:-1] + b"\x00")
    elif damage == "data":
        (folder / "data.txt").write_text("other")
    elif damage == "new file":
        (folder / "numpy.py").write_text("")
    else:
        (folder / "data.txt").unlink()
    again = carried.unpacked(archive)
    assert _answer(again).startswith("42 ")
    assert sorted(path.name for path in (again / "wanted").iterdir()) == ["__init__.py", "__pycache__", "data.txt"]
    assert (again / "wanted" / "data.txt").read_text() == "text"


def test_another_python_may_compile_for_itself(carried: Carried, archive: Path) -> None:
    folder = carried.unpacked(archive)
    inode = (folder / "wanted" / "__init__.py").stat().st_ino
    (folder / "wanted" / "__pycache__" / "__init__.cpython-399.pyc").write_bytes(b"")
    assert carried.unpacked(archive) == folder
    assert (folder / "wanted" / "__init__.py").stat().st_ino == inode
