"""A script's text as the archive that a job starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from mlops_cloud.bundle.archive import Entry, build_archive
from mlops_cloud.bundle.discovery import discover
from mlops_cloud.testing.trees import written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops_cloud.provider.storage import Storage
    from mlops_cloud.results.identity import Uri

SCRIPT = "script.py"


def stored_archive(storage: Storage, folder: Path, script: str, outputs: Mapping[str, str]) -> Uri:
    """The archive of a job that runs the script, in the provider's storage."""
    code = written(folder / uuid4().hex[:8], {SCRIPT: script.encode()})
    entry = Entry("script", SCRIPT, outputs)
    archive = build_archive(entry, discover(SCRIPT, code), folder / f"{uuid4().hex[:8]}.zip")
    return storage.put(archive.digest, archive.path)
