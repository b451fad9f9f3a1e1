"""A bundle as a folder of the user's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mlops_cloud.errors import AlreadyExistsError

if TYPE_CHECKING:
    from mlops_cloud.client import Client
    from mlops_cloud.results.models import ModelVersion


def copy_bundle(cloud: Client, version: ModelVersion, folder: str) -> Path:
    """Copy a version's verified bundle into a new or empty folder; what stands there is never overwritten."""
    target = Path(folder).resolve()
    if target.exists() and any(target.iterdir()):
        raise AlreadyExistsError(f"{target} is not empty", fix="name a new folder")
    with TemporaryDirectory(dir=cloud.session.home) as temporary:
        bundle = cloud.models.download(version, Path(temporary) / "bundle")
        # The store's files are read-only; the copy is the user's own.
        shutil.copytree(bundle.folder, target, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return target
