"""Dataset versions: a manifest and plain files under one prefix, so that any job can mount it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.data import DatasetVersion, Manifest
    from mlops_cloud.results.identity import Key


class Datasets(ABC):
    """The primitives of the datasets family."""

    @abstractmethod
    def create(self, name: str, manifest: Manifest, key: Key) -> DatasetVersion:
        """Store a version; a second create with the same key or the same content returns the first."""

    @abstractmethod
    def get(self, name: str, version: str = "") -> DatasetVersion:
        """One version, the newest when none is named; NotFoundError."""

    @abstractmethod
    def find(self, key: Key) -> DatasetVersion | None:
        """What a create with this key made, if anything; None once it is deleted."""

    @abstractmethod
    def list(self, name: str = "") -> Iterator[DatasetVersion]:
        """All versions, newest first; of one dataset when named."""

    @abstractmethod
    def delete(self, name: str, version: str) -> None:
        """Remove one version; one that is not there is no error."""
