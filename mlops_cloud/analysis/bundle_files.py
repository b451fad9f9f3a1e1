"""The files of a bundle against its digest: checked at every load, here and inside a job."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from mlops_cloud.errors import CorruptStateError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "MANIFEST.json"
_CHUNK = 1 << 20

Files = tuple[tuple[str, int, str], ...]
"""(path, size in bytes, sha256) of every file but the manifest, sorted."""


def listed(folder: Path) -> Files:
    """The files of a bundle, each read once."""
    own = folder / MANIFEST
    paths = [path for path in folder.rglob("*") if path.is_file() and path != own]
    return tuple(sorted((path.relative_to(folder).as_posix(), path.stat().st_size, _sha256(path)) for path in paths))


def digest(files: Files) -> str:
    """The sha256 of the canonical JSON of the files."""
    rows = json.dumps([list(entry) for entry in files], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(rows.encode()).hexdigest()


def verified(folder: Path, expected: str) -> Files:
    """The files of the bundle of that digest; CorruptStateError names the first that is not what was registered."""
    files = listed(folder)
    if digest(files) != expected:
        raise CorruptStateError(
            f"{_first_changed(folder, files)} is not what was registered",
            why=f"the registry knows the bundle {expected[:16]}, its files now make {digest(files)[:16]}",
            fix="train and register it again; `mlops-cloud models list` names its other versions",
        )
    return files


def _first_changed(folder: Path, files: Files) -> str:
    try:
        recorded = {str(path): (size, sha) for path, size, sha in json.loads((folder / MANIFEST).read_bytes())["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return "the bundle"
    for path, size, sha in files:
        if recorded.pop(path, None) != (size, sha):
            return f"{path} of the bundle"
    return f"the missing {min(recorded)} of the bundle" if recorded else "the bundle"


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            found.update(chunk)
    return found.hexdigest()
