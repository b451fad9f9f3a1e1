"""Small trees of files with their manifest, as the services above the seam hand them down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import digest_of, file_digest, file_identity
from mlops_cloud.results.data import FileEntry, Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops_cloud.results.data import TableDescription


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, holding the files by their relative paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def manifest_of(folder: Path, description: TableDescription | None = None) -> Manifest:
    """The manifest of a folder: sha256 as in a bundle, or the chunked identity as in a dataset that is described."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [
        FileEntry(
            path.relative_to(folder).as_posix(),
            path.stat().st_size,
            file_identity(path) if description else file_digest(path, "sha256"),
        )
        for path in paths
    ]
    files.sort(key=lambda entry: entry.path)
    listed = [[entry.path, entry.size, entry.digest] for entry in files]
    digest = digest_of([listed, description.to_json()] if description else listed)
    return Manifest(tuple(files), folder, digest, description)
