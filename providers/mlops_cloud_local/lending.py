"""Files lent to jobs: hard links to copies, never to the store's own files, so that no script can damage those.

A copy is made by the first job that needs a file and shared by the next ones. Copies are not written durably: each
start of this computer has its own.
"""

from __future__ import annotations

import filecmp
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import make_private_folder, remove_abandoned
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import NotFoundError
from mlops_cloud.processes.identity import current_boot_id
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud_local.objects import copy_file, is_stored, link_or_copy, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BOUND = 8 << 30
"""Bytes of copies that are kept for the next job when no job uses them."""


@dataclass(frozen=True, slots=True)
class Loan:
    """One file in a job's folder, as it was when the job got it."""

    path: str
    """In the job's folder."""
    source: str
    """Absolute path of the original."""
    copy: str
    """Name of the shared copy."""
    inode: int
    changed: int
    """Nanoseconds; every write moves it, and so does another link."""


class Lending:
    """The copies of one provider's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lend(self, source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
        """Put a file, or all files of a folder, into the folder `target`; gives (place, source) of each."""
        make_private_folder(target)
        if source.is_file():
            yield self.lend_file(source, target / source.name)
        elif not source.is_dir():
            raise NotFoundError(f"there is nothing at {source}", why="a job's input must be there", provider="local")
        for parent, folders, names in os.walk(source):
            place = target / Path(parent).relative_to(source)
            for folder in folders:
                make_private_folder(place / folder)
            for name in names:
                if is_stored(Path(parent, name)):
                    yield self.lend_file(Path(parent, name), place / name)

    def lend_file(self, source: Path, target: Path) -> tuple[Path, Path]:
        """Put one file at `target`."""
        try:
            link_or_copy(self._copy_of(source), target)
        except NotFoundError:
            if not source.exists():
                raise
            return self.lend_file(source, target)  # another job's end has just removed the copy
        return target, source

    def loans(self, pairs: Sequence[tuple[Path, Path]], job: Path) -> list[Loan]:
        """What to remember of what was lent, once all of it is."""
        return [self._loan(place, source, job) for place, source in pairs]

    def damaged(self, loan: Loan, job: Path) -> bool:
        """Whether the job's file was written to; its shared copy is then taken out of use."""
        copy = self._shared / loan.copy
        found = [path for path in (job / loan.path, copy) if _inode(path) == loan.inode]
        if not found or found[0].stat().st_ctime_ns == loan.changed:
            return False
        if not Path(loan.source).exists() or filecmp.cmp(found[0], loan.source, shallow=False):
            return False
        if _inode(copy) == loan.inode:
            copy.unlink()
        return True

    def forget(self) -> None:
        """Remove copies of earlier starts of this computer, and the oldest that no job uses above the bound."""
        if not self._shared.exists():
            return
        for other in self._folder.iterdir():
            if other != self._shared:
                remove_tree(other, self._folder)
        remove_abandoned(self._shared, time.time())
        with os.scandir(self._shared) as entries:
            found = sorted(
                (entry.stat().st_mtime, entry.stat().st_size, entry.name, entry.stat().st_nlink) for entry in entries
            )
        excess = sum(size for _, size, _, _ in found) - BOUND
        for _, size, name, links in found:
            if excess > 0 and links == 1:
                (self._shared / name).unlink(missing_ok=True)
                excess -= size

    @property
    def _shared(self) -> Path:
        return self._folder / current_boot_id()

    def _copy_of(self, source: Path) -> Path:
        try:
            status = source.stat()
        except OSError as exc:
            raise disk_error(exc, source, "lend") from exc
        copy = self._shared / f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"
        if not copy.exists():
            make_private_folder(self._shared)
            temporary = temporary_beside(copy)
            copy_file(source, temporary)
            temporary.replace(copy)
        return copy

    def _loan(self, place: Path, source: Path, job: Path) -> Loan:
        status = place.stat()
        return Loan(
            str(place.relative_to(job)), str(source), self._copy_of(source).name, status.st_ino, status.st_ctime_ns
        )


def _inode(path: Path) -> int:
    try:
        return path.stat(follow_symlinks=False).st_ino
    except OSError:
        return 0
