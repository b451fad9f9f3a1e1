"""Dataset versions: a tree in the store, and a row that makes it visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import AlreadyExistsError, NotFoundError
from mlops_cloud.provider.datasets import Datasets
from mlops_cloud.results.identity import Uri
from mlops_cloud.safety.names import check_name, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.data import DatasetVersion, Manifest
    from mlops_cloud.results.identity import Key
    from mlops_cloud_local.dataset_table import DatasetTable
    from mlops_cloud_local.storage import LocalStorage


class LocalDatasets(Datasets):
    """Versions below `datasets/<name>/<version>` of the store."""

    def __init__(self, storage: LocalStorage, table: DatasetTable) -> None:
        self._storage = storage
        self._table = table

    def create(self, name: str, manifest: Manifest, key: Key) -> DatasetVersion:
        """Store a version; the same key or the same content gives the first, with what is missing of it put back."""
        check_name(name, "dataset")
        found = self.find(key)
        if found and found.digest != manifest.digest:
            return found
        version = manifest.digest[:16]
        uri = self._storage.put_tree(manifest, Uri(f"{self._storage.root}/datasets/{name}/{version}"))
        made = self._table.added(name, version, uri, manifest, key)
        if made.digest != manifest.digest:
            raise AlreadyExistsError(f"dataset {name}:{version} is there already, with other content")
        return made

    def get(self, name: str, version: str = "") -> DatasetVersion:
        """One version, the newest when none is named; NotFoundError."""
        if version:
            found = self._table.versions("WHERE name = ? AND version = ?", name, version)
        else:
            found = self._table.versions("WHERE name = ? ORDER BY rowid DESC LIMIT 1", name)
        if not found:
            what = f"{shown(name)} has no version {shown(version)}" if version else f"there is no dataset {shown(name)}"
            raise NotFoundError(what, fix="list the datasets that there are", provider="local")
        return found[0]

    def find(self, key: Key) -> DatasetVersion | None:
        """What a create with this key made, if anything."""
        return self._table.made_by(key)

    def list(self, name: str = "") -> Iterator[DatasetVersion]:
        """All versions, newest first; of one dataset when named."""
        if name:
            yield from self._table.versions("WHERE name = ? ORDER BY rowid DESC", name)
        else:
            yield from self._table.versions("ORDER BY rowid DESC")

    def delete(self, name: str, version: str) -> None:
        """Remove one version; one that is not there is no error."""
        for found in self._table.versions("WHERE name = ? AND version = ?", name, version):
            self._table.remove(name, version)
            self._storage.delete(found.uri)
