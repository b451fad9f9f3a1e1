"""Remove a folder with whatever a job left in it: depth, links and missing rights do not matter."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(path: Path, root: Path) -> None:
    """Remove a file or folder that lies below `root`, if it is there; symbolic links in it are not followed."""
    _check_below(path, root)
    try:
        if path.is_dir() and not path.is_symlink():
            _empty(path)
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise disk_error(exc, path, "remove") from exc


def _check_below(path: Path, root: Path) -> None:
    # The last part is not resolved: a link is removed, not what it leads to. As texts: each job ends with four.
    parent, name = os.path.split(path)
    base = os.path.realpath(root)
    if name in {"", ".", ".."} or os.path.commonpath((base, os.path.realpath(parent))) != base:
        raise InvalidSpecError(f"{path} is not removed", why=f"it does not lie below {root}")


def _empty(folder: Path) -> None:
    names = (f".removed-{number}" for number in count())
    top = _opened(str(folder), None)
    try:
        while entries := _entries(top):
            for name, is_folder in entries:
                if is_folder:
                    _flatten(name, top, names)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)


def _flatten(name: str, top: int, names: Iterator[str]) -> None:
    # Folders are lifted to the top instead of being descended into: a path of a million parts needs no recursion,
    # no long path and no more than two descriptors.
    child = _opened(name, top)
    try:
        for inner, is_folder in _entries(child):
            if is_folder:
                _lift(inner, child, top, names)
            else:
                os.unlink(inner, dir_fd=child)
    finally:
        os.close(child)


def _lift(name: str, child: int, top: int, names: Iterator[str]) -> None:
    os.close(_opened(name, child))
    for free in names:
        try:
            os.mkdir(free, 0o700, dir_fd=top)
        except FileExistsError:
            continue
        os.rename(name, free, src_dir_fd=child, dst_dir_fd=top)
        return


def _opened(name: str, parent: int | None) -> int:
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=parent)
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    if os.fstat(descriptor).st_mode & 0o700 != 0o700:
        os.fchmod(descriptor, 0o700)
    return descriptor


def _entries(descriptor: int) -> list[tuple[str, bool]]:
    with os.scandir(descriptor) as entries:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
