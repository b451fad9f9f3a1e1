"""A table of our own, since the cloud has no tags: native id -> key and project, as small objects in the bucket."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mlops_cloud.errors import ConflictError
from mlops_cloud.results.identity import Uri
from mlops_cloud_stub.storage import content_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.results.identity import Key
    from mlops_cloud_stub.storage import StubStorage

Made = TypeVar("Made")
_PATIENCE = 10.0  # seconds for another process to finish what it claimed


@dataclass(frozen=True)
class Label:
    """What we know of one of the cloud's resources."""

    native_id: str
    key: str
    name: str
    at: float


class Labels:
    """Labels of one kind and project."""

    def __init__(self, storage: StubStorage, project: str, kind: str) -> None:
        self._storage = storage
        self._root = f"{storage.root}/.labels/{project}/{kind}"

    def put(self, native_id: str, key: Key, name: str, at: float) -> None:
        """Remember whose it is; the newest label of a native id counts."""
        text = json.dumps({"native_id": native_id, "key": key.digest, "name": name, "at": at})
        self._storage.create(Uri(f"{self._root}/ids/{native_id}/{key.digest}"), text.encode())

    def of(self, native_id: str) -> Label | None:
        """The newest label of one id."""
        found = [label for label in self.all() if label.native_id == native_id]
        return max(found, key=lambda label: label.at) if found else None

    def with_key(self, key: Key) -> Label | None:
        """The label with a key, whatever the id."""
        return next((label for label in self.all() if label.key == key.digest), None)

    def all(self) -> list[Label]:
        """Every label."""
        entries = self._storage.list(Uri(f"{self._root}/ids"))
        return [Label(**json.loads(content_of(self._storage, entry.uri))) for entry in entries]

    def remove(self, native_id: str) -> None:
        """Forget an id, and free its keys."""
        for label in self.all():
            if label.native_id == native_id:
                self._storage.delete(Uri(f"{self._root}/claims/{label.key}"))
        self._storage.delete(Uri(f"{self._root}/ids/{native_id}"))

    def once(self, key: Key, find: Callable[[], Made | None], make: Callable[[], Made]) -> Made:
        """What `find` sees, or what `make` makes when this is the first to claim the key."""
        found = find()
        if found is not None:
            return found
        if self._storage.create(Uri(f"{self._root}/claims/{key.digest}"), b"claimed"):
            try:
                return make()
            except BaseException:
                self._storage.delete(Uri(f"{self._root}/claims/{key.digest}"))
                raise
        return self._awaited(key, find)

    def _awaited(self, key: Key, find: Callable[[], Made | None]) -> Made:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = find()
            if found is not None:
                return found
            time.sleep(0.01)
        raise ConflictError(f"somebody else claimed {key.name()} and has not made it")
