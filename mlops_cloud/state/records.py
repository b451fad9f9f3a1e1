"""Small immutable objects in the profile's store: what a colleague or a CI job must see too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.hashing import canonical_json, digest_of
from mlops_cloud.errors import CorruptStateError, NotFoundError
from mlops_cloud.results.identity import Uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.provider.storage import Storage


class Records:
    """Records by kind and name, below `mlops-cloud/<project>/` of the store; written once, never changed."""

    def __init__(self, storage: Storage, project: str) -> None:
        self._storage = storage
        self._root = f"{str(storage.root).rstrip('/')}/mlops-cloud/{project}"

    def create(self, kind: str, name: str, record: dict[str, Any]) -> bool:
        """Write a record if there is none of that name; False when somebody was first."""
        body = {"sha256": digest_of(record), "record": record}
        return self._storage.create(self.uri(kind, name), canonical_json(body))

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """A record, or None; CorruptStateError when its bytes are not those written."""
        uri = self.uri(kind, name)
        try:
            with self._storage.open(uri) as stream:
                data = stream.read()
        except NotFoundError:
            return None
        return _verified(data, uri)

    def delete(self, kind: str, name: str) -> None:
        """Remove a record; one that is not there is no error."""
        self._storage.delete(self.uri(kind, name))

    def names(self, kind: str) -> Iterator[str]:
        """The names of one kind, sorted."""
        for entry in self._storage.list(Uri(f"{self._root}/{kind}/")):
            yield entry.uri.rsplit("/", 1)[1].removesuffix(".json")

    def uri(self, kind: str, name: str) -> Uri:
        """Where a record lies, or would."""
        return Uri(f"{self._root}/{kind}/{name}.json")


def _verified(data: bytes, uri: Uri) -> dict[str, Any]:
    try:
        body = json.loads(data)
        record: dict[str, Any] = body["record"]
        intact = body["sha256"] == digest_of(record)
    except (ValueError, KeyError, TypeError) as exc:
        raise CorruptStateError(
            f"the record {uri} cannot be read", why=str(exc), fix="delete it; it is made again"
        ) from exc
    if not intact:
        raise CorruptStateError(
            f"the record {uri} was changed", why="its sha256 differs", fix="delete it; it is made again"
        )
    return record
