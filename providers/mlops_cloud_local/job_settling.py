"""Once a job has ended well: its inputs are whole, its outputs are plain files, and nobody changes them any more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.durable.removal import remove_tree
from mlops_cloud_local.job_files import OUTPUT_FOLDERS
from mlops_cloud_local.lending import Loan
from mlops_cloud_local.objects import READ_ONLY, copy_file, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops_cloud_local.job_files import JobFiles
    from mlops_cloud_local.lending import Lending


def broken_contract(files: JobFiles, lending: Lending) -> str:
    """What a script that ended well did wrong, if anything; damaged copies of inputs are taken out of use."""
    return damaged_inputs(files, lending) or _odd_outputs(files)


def damaged_inputs(files: JobFiles, lending: Lending) -> str:
    """Which inputs were written to; after a job however it ended, for the sake of the next."""
    loans = [Loan(**fields) for fields in json.loads(files.loans.read_bytes())]
    names = ", ".join(loan.path for loan in loans if lending.damaged(loan, files.folder))
    return names and f"{names} was written to while the job ran: inputs are read-only; what is stored is unharmed"


def published(files: JobFiles, declared: Mapping[str, str]) -> dict[str, Path]:
    """Output -> its place."""
    named = {name: f"output/{path}" for name, path in declared.items()} | {name: name for name in OUTPUT_FOLDERS}
    return {name: files.folder / path for name, path in named.items()}


def give_back(files: JobFiles, lending: Lending) -> None:
    """Remove what an ended job needs no more: what it was lent, and its temporary files."""
    for folder in (files.inputs, files.archive.parent, files.temporary):
        remove_tree(folder, files.folder)
    lending.forget()


def free_the_disk(files: JobFiles) -> None:
    """Empty what a job that filled the disk wrote; its checkpoint, log and record stay."""
    for folder in (files.output, files.model, files.work, files.temporary):
        remove_tree(folder, files.folder)


def _odd_outputs(files: JobFiles) -> str:
    for path in _written(files):
        if not _made_own(path, files.folder):
            name = path.relative_to(files.folder)
            return f"{name} is a link to {path.readlink()}: outputs are plain files and folders"
        path.chmod(0o500 if path.stat().st_mode & 0o100 else READ_ONLY)
    return ""


def _made_own(path: Path, folder: Path) -> bool:
    """Whether it is a file of its own now; what it shares with another name, an input perhaps, is copied."""
    if path.is_symlink():
        target = path.resolve()
        if not target.is_file() or not target.is_relative_to(folder.resolve()):
            return False
    elif not path.is_file() or path.stat().st_nlink == 1:
        return True
    temporary = temporary_beside(path)
    copy_file(path, temporary)
    temporary.replace(path)
    return True


def _written(files: JobFiles) -> Iterator[Path]:
    """All files and links in `model` and `output`."""
    for top in (files.model, files.output):
        for parent, folders, names in os.walk(top):
            yield from (Path(parent, name) for name in names)
            yield from (path for name in folders if (path := Path(parent, name)).is_symlink())
