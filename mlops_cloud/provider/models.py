"""Registered models: versions, aliases, approvals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.results.models import Decision, ModelDescription, ModelVersion


class Models(ABC):
    """The primitives of the models family; what changes a version raises NotFoundError when it is not there."""

    @abstractmethod
    def register(self, bundle: Uri, description: ModelDescription, key: Key) -> ModelVersion:
        """Make the next version of a name; a second register with the same key returns the first."""

    @abstractmethod
    def get(self, name: str, version: int) -> ModelVersion:
        """One version; NotFoundError."""

    @abstractmethod
    def resolve(self, name: str, alias: str) -> ModelVersion:
        """The version an alias points at; NotFoundError."""

    @abstractmethod
    def find(self, key: Key) -> ModelVersion | None:
        """The version that a register with this key made, if any; None once it is deleted."""

    @abstractmethod
    def list(self, name: str = "") -> Iterator[ModelVersion]:
        """All versions, newest first; of one model when named."""

    @abstractmethod
    def annotate(
        self,
        version: ModelVersion,
        *,
        alias: str | None = None,
        drop_alias: str | None = None,
        decision: Decision | None = None,
        stage: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Change what stands beside a version: an alias moves to it in one step; tags are merged."""

    @abstractmethod
    def retire(self, version: ModelVersion) -> ModelVersion:
        """Take a version out of use and keep it; ConflictError while an alias points at it."""

    @abstractmethod
    def restore(self, version: ModelVersion) -> ModelVersion:
        """Take a retired version back into use."""

    @abstractmethod
    def delete(self, version: ModelVersion) -> None:
        """Remove a version; ConflictError while an alias points at it; one that is not there is no error."""
