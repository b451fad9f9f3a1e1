"""Dataset versions as rows."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.data import DatasetVersion, FileEntry, TableDescription
from mlops_cloud.results.identity import Uri

if TYPE_CHECKING:
    from mlops_cloud.results.data import Manifest
    from mlops_cloud.results.identity import Key
    from mlops_cloud_local.tables import Tables

_ONE = "WHERE name = ? AND version = ?"


class DatasetTable:
    """The rows of `dataset`, and which key made which."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def versions(self, where: str, *parameters: str) -> list[DatasetVersion]:
        """The versions that a clause selects."""
        return [_version(row) for row in self._tables.select("dataset", "name", where, parameters)]

    def added(self, name: str, version: str, uri: Uri, manifest: Manifest, key: Key) -> DatasetVersion:
        """The version of this name, from now on also this key's; a new row when there is none."""
        database = self._tables.database
        with database.transaction():
            if not self.versions(_ONE, name, version):
                database.insert("dataset", _values(name, version, uri, manifest, key))
            database.insert("dataset_key", {"key": key.digest, "name": name, "version": version}, replace=True)
            return self.versions(_ONE, name, version)[0]

    def made_by(self, key: Key) -> DatasetVersion | None:
        """The version of this key."""
        for row in self._tables.select("dataset_key", "key", "WHERE key = ?", (key.digest,)):
            return next(iter(self.versions(_ONE, str(row["name"]), str(row["version"]))), None)
        return None

    def remove(self, name: str, version: str) -> None:
        """Remove a version and its keys."""
        database = self._tables.database
        with database.transaction():
            database.execute(f"DELETE FROM dataset {_ONE}", (name, version))  # noqa: S608 - the clause stands above
            database.execute(f"DELETE FROM dataset_key {_ONE}", (name, version))  # noqa: S608


def _values(name: str, version: str, uri: Uri, manifest: Manifest, key: Key) -> dict[str, str | float]:
    return {
        "name": name,
        "version": version,
        "key": key.digest,
        "content": manifest.digest,
        "uri": uri,
        "created": time.time(),
        "files": json.dumps([[entry.path, entry.size, entry.digest] for entry in manifest.files]),
        "description": json.dumps(manifest.plain_description()),
    }


def _version(row: dict[str, Any]) -> DatasetVersion:
    told = TableDescription.from_json(json.loads(row["description"]))
    return DatasetVersion(
        name=row["name"],
        version=row["version"],
        digest=row["content"],
        uri=Uri(row["uri"]),
        rows=told.rows,
        columns=told.columns,
        target=told.target,
        splits=told.splits,
        files=tuple(FileEntry(*entry) for entry in json.loads(row["files"])),
        created=row["created"],
        key=row["key"],
    )
