"""Packages that travel with jobs, unpacked and compiled once: from a zip, each job would compile them anew."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import make_private_folder, write_atomic
from mlops_cloud.durable.locks import exclusive
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 60.0


class Carried:
    """One folder a package and version of Python; what a job changed in one is not given to the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unpacked(self, archive: Path) -> Path:
        """The folder that holds the archive's files, with compiled modules beside them."""
        name = f"{archive.name}-{sys.implementation.cache_tag}"
        target, record = self._folder / name, self._folder / f"{name}.json"
        if _as_recorded(target, record):
            return target
        make_private_folder(self._folder)
        with exclusive(self._folder / f"{name}.lock", _PATIENCE):
            if not _as_recorded(target, record):
                self._make(archive, target)
                write_atomic(record, json.dumps(_stamps(target)).encode(), durable=False)
        return target

    def _make(self, archive: Path, target: Path) -> None:
        from mlops_cloud.safety.extract import extract

        aside = target.with_name(f".new-{target.name}")
        for old in (aside, target):
            remove_tree(old, self._folder)
        for file in extract(archive, aside):
            if file.endswith(".py"):
                _compile(aside / file, target / file)
        aside.rename(target)


def _compile(file: Path, place: Path) -> None:
    import py_compile

    # Unchecked: the files' times change when they are moved, and the record notices what a job changes.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(str(file), dfile=str(place), doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError as exc:
        raise InvalidSpecError(f"{file.name} is not valid Python", why=str(exc)) from exc


def _as_recorded(target: Path, record: Path) -> bool:
    try:
        return bool(json.loads(record.read_bytes()) == _stamps(target))
    except (OSError, ValueError):
        return False


def _stamps(target: Path) -> dict[str, list[int]]:
    """Size, inode and time of change of every file but what another version of Python has compiled for itself."""
    found = {}
    waiting = [str(target)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif not entry.name.endswith(".pyc") or f".{sys.implementation.cache_tag}." in entry.name:
                    status = entry.stat(follow_symlinks=False)
                    found[entry.path] = [status.st_size, status.st_ino, status.st_ctime_ns]
    return found
