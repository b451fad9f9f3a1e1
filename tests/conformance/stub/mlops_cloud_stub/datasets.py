"""Datasets: a folder of the bucket each, described by its manifest; the cloud has no service for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError, NotFoundError
from mlops_cloud.provider.datasets import Datasets
from mlops_cloud.results.data import DatasetVersion, FileEntry, TableDescription
from mlops_cloud.results.identity import Uri
from mlops_cloud.safety.names import check_name
from mlops_cloud_stub.storage import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.data import Manifest
    from mlops_cloud.results.identity import Key
    from mlops_cloud_stub.cloud import Cloud
    from mlops_cloud_stub.storage import StubStorage


class StubDatasets(Datasets):
    """`datasets/<name>/<version>` holds the files; `dataset-records/…` says which versions count."""

    def __init__(self, cloud: Cloud, storage: StubStorage) -> None:
        self._cloud = cloud
        self._storage = storage

    def create(self, name: str, manifest: Manifest, key: Key) -> DatasetVersion:
        """Files, then the record: who writes it first has made the version."""
        check_name(name, "dataset")
        version = manifest.digest[:16]
        uri = self._storage.put_tree(manifest, Uri(f"{self._storage.root}/datasets/{name}/{version}"))
        record = {
            "name": name, "version": version, "digest": manifest.digest, "uri": uri, "created": self._cloud.now(),
            "key": key.digest, "files": [[f.path, f.size, f.digest] for f in manifest.files],
            "table": manifest.plain_description(),
        }  # fmt: skip
        self._storage.create(Uri(f"{self._storage.root}/dataset-records/{name}/{version}"), json.dumps(record).encode())
        return self.get(name, version)

    def get(self, name: str, version: str = "") -> DatasetVersion:
        """One version, the newest when none is named."""
        for found in self.list(name):
            if version in ("", found.version):
                return found
        raise NotFoundError(f"no dataset {name}:{version or 'newest'}", provider="stub")

    def find(self, key: Key) -> DatasetVersion | None:
        """The version with the key."""
        return next((version for version in self.list() if version.key == key.digest), None)

    def list(self, name: str = "") -> Iterator[DatasetVersion]:
        """All versions, newest first."""
        try:
            entries = list(self._storage.list(Uri(f"{self._storage.root}/dataset-records/{name}")))
        except InvalidSpecError:
            entries = []
        found = [_read(content_of(self._storage, entry.uri)) for entry in entries]
        yield from sorted(found, key=lambda version: -version.created)

    def delete(self, name: str, version: str) -> None:
        """The record first, so that nobody sees half a version."""
        for part in ("dataset-records", "datasets"):
            self._storage.delete(Uri(f"{self._storage.root}/{part}/{name}/{version}"))


def _read(data: bytes) -> DatasetVersion:
    record = json.loads(data)
    table = TableDescription.from_json(record["table"])
    return DatasetVersion(
        name=record["name"], version=record["version"], digest=record["digest"], uri=Uri(record["uri"]),
        rows=table.rows, columns=table.columns, target=table.target, splits=table.splits,
        files=tuple(FileEntry(*entry) for entry in record["files"]),
        created=record["created"], key=record["key"],
    )  # fmt: skip
