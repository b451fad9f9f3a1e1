"""Checkpoints from one attempt to the next: a copy for the job that starts, kept whole when it does not end well."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import make_private_folder, sync_folder
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.results.identity import Uri
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud_local.objects import sync_files, sync_folders, temporary_beside
from mlops_cloud_local.tree_copy import below, copy_file, copy_tree

if TYPE_CHECKING:
    from mlops_cloud.results.jobs import Job
    from mlops_cloud_local.addresses import Home


class Checkpoints:
    """What jobs left at the addresses where their next attempts look; an empty address keeps nothing."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def bring(self, address: str, folder: Path) -> None:
        """Copy what was kept into the empty folder of a job that starts: files of its own, with their times."""
        kept = self._place(address)
        if kept is None or not kept.is_dir():
            return
        try:
            copy_tree(kept, folder)
        except OSError as exc:
            raise disk_error(exc, kept, "copy the checkpoints in") from exc

    def settle(self, address: str, folder: Path, job: Job) -> None:
        """After a job's end: what its script cannot be blamed for is gone on from, everything else is forgotten."""
        if job.status is JobStatus.SUCCEEDED or (job.failure and job.failure.cause.of_the_script):
            self.forget(address)
        else:
            self._keep(address, folder)

    def forget(self, address: str) -> None:
        """Remove what was kept."""
        kept = self._place(address)
        if kept is not None and os.path.lexists(kept):
            remove_tree(self._put_aside(kept), self._home.trash)

    def is_kept(self, address: str) -> bool:
        """Whether something lies there."""
        kept = self._place(address)
        return kept is not None and os.path.lexists(kept)

    def _keep(self, address: str, folder: Path) -> None:
        """Move the job's folder to the address; cut short anywhere, it is done by the next look at the job."""
        kept = self._place(address)
        if kept is None or folder.is_symlink() or not folder.is_dir():
            return
        _make_readable(folder)
        if not any(folder.iterdir()):
            self.forget(address)
            return
        make_private_folder(kept.parent)
        old = self._put_aside(kept) if os.path.lexists(kept) else None
        _move(folder, kept)
        sync_folder(kept.parent)
        if old is not None:
            remove_tree(old, self._home.trash)

    def _put_aside(self, kept: Path) -> Path:
        make_private_folder(self._home.trash)
        return kept.rename(self._home.trash / os.urandom(8).hex())

    def _place(self, address: str) -> Path | None:
        return self._home.writable_path(Uri(address)) if address else None


def _make_readable(folder: Path) -> None:
    """Let the folder be moved and read, whatever its script did to it, and survive a power loss."""
    folder.chmod(0o700)
    files = []
    with suppress(OSError):  # deeper than a path can be: what is left out is left as it is
        for entry in below(folder):
            if entry.is_symlink():
                _make_relative(Path(entry.path), folder)
            elif entry.is_dir():
                Path(entry.path).chmod(0o700)
            elif entry.is_file():
                files.append(_own_file(entry))
    sync_files(files)
    sync_folders(files)


def _own_file(entry: os.DirEntry[str]) -> Path:
    path, status = Path(entry.path), entry.stat()
    if status.st_nlink > 1:  # it may share its bytes with an input
        temporary = temporary_beside(path)
        copy_file(entry, temporary)
        temporary.replace(path)
    path.chmod(status.st_mode & 0o777 | 0o600)
    return path


def _make_relative(link: Path, folder: Path) -> None:
    """A link such as `latest` goes with what it leads to."""
    target = link.readlink()
    if target.is_absolute() and target.is_relative_to(folder):
        link.unlink()
        link.symlink_to(os.path.relpath(target, link.parent))


def _move(folder: Path, kept: Path) -> None:
    try:
        folder.rename(kept)
    except OSError as exc:
        if exc.errno != errno.EXDEV:
            raise disk_error(exc, folder, "keep the checkpoints in") from exc
        aside = kept.with_name(f".new-{kept.name}")
        remove_tree(aside, kept.parent)
        aside.mkdir(0o700)
        copy_tree(folder, aside)
        aside.rename(kept)
