"""Digests of what a job wrote, each file read once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import digest_of, file_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = "record"


def output_digests(folder: Path, outputs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Output -> {"digest": …}: the sha256 of a file, or that of a folder's sorted (path, size, sha256)."""
    known: dict[Path, str] = {}
    return {
        name: {"digest": _digest(folder / path, known)}
        for name, path in sorted(outputs.items())
        if name != _OURS and (folder / path).exists()
    }


def _digest(path: Path, known: dict[Path, str]) -> str:
    if path.is_file():
        return _of_file(path, known)
    files = sorted(
        file for parent, _, names in os.walk(path) for name in names if (file := Path(parent, name)).is_file()
    )
    return digest_of([[f.relative_to(path).as_posix(), f.stat().st_size, _of_file(f, known)] for f in files])


def _of_file(file: Path, known: dict[Path, str]) -> str:
    if file not in known:
        known[file] = file_digest(file, "sha256")
    return known[file]
