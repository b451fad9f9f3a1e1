from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import InvalidSpecError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_tree_goes_with_links_and_without_rights(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    root = tmp_path / "root"
    tree = root / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "to-kept").symlink_to(kept)
    (tree / "a" / ".removed-0").mkdir()
    os.mkfifo(tree / "a" / "b" / "pipe")
    (tree / "a" / "b").chmod(0o500)
    (tree / "a").chmod(0)
    remove_tree(tree, root)
    assert names(root) == []
    assert names(kept) == ["file"]


def test_a_tree_deeper_than_any_path_goes(tmp_path: Path) -> None:
    top = tmp_path / "tree"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("deep-down", dir_fd=here)
        below = os.open("deep-down", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove_tree(top, tmp_path)
    assert names(tmp_path) == []


def test_files_links_and_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("/")
    remove_tree(tmp_path / "file", tmp_path)
    remove_tree(tmp_path / "link", tmp_path)
    remove_tree(tmp_path / "nothing", tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "s"))
        remove_tree(tmp_path / "s", tmp_path)
    assert names(tmp_path) == []


def test_nothing_outside_its_root_is_removed(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    (other / "inner").mkdir(parents=True)
    (root / "link").symlink_to(other)
    for path in (other, root, root / ".." / "other", root / "link" / "inner", root / "..", Path("/")):
        with pytest.raises(InvalidSpecError, match="does not lie below"):
            remove_tree(path, root)
    assert (other / "inner").is_dir()
