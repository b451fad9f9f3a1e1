"""Where code, data and bundles lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.results.data import Manifest
    from mlops_cloud.results.identity import Entry, Uri

TREE_MANIFEST = "MANIFEST.json"
"""The file at the root of a stored tree that is written last: the tree is whole when it is there."""


class Storage(ABC):
    """An object store: whole objects, created or replaced at once, never half visible.

    An address that is another store's, or leads out of the root, is an InvalidSpecError everywhere.
    """

    @property
    @abstractmethod
    def root(self) -> Uri:
        """The prefix that is ours; every other address lies below it."""

    @abstractmethod
    def put(self, digest: str, file: Path) -> Uri:
        """The address of this content, whose sha256 is `digest` (hex); nothing is sent when it is there already."""

    @abstractmethod
    def put_tree(self, manifest: Manifest, prefix: Uri) -> Uri:
        """Store a manifest's files below a prefix under their own names, and last of all TREE_MANIFEST.

        That lists the files, or is the tree's own file of that name. The same tree again only puts back what is missing
        of it; another tree at the prefix is an AlreadyExistsError, a path that leads out an InvalidSpecError.
        """

    @abstractmethod
    def copy(self, source: Uri, target: Uri) -> None:
        """Copy one object, or all below a prefix, on the store's side; NotFoundError when nothing is there."""

    @abstractmethod
    def open(self, uri: Uri, offset: int = 0) -> BinaryIO:
        """The bytes of one object from `offset` on; NotFoundError when it is not there."""

    @abstractmethod
    def create(self, uri: Uri, data: bytes) -> bool:
        """Write an object only if there is none: True when this call wrote it."""

    @abstractmethod
    def list(self, prefix: Uri) -> Iterator[Entry]:
        """The objects below a prefix, sorted by address; none when nothing is there. `a/b` is no prefix of `a/bc`."""

    @abstractmethod
    def delete(self, prefix: Uri) -> None:
        """Remove one object or all below a prefix; nothing there is no error."""

    @abstractmethod
    def download(self, prefix: Uri, folder: Path) -> Path:
        """One object, or all below a prefix, as files in a folder of this computer; NotFoundError when there is none.

        The answer is read-only: the store's own files where it keeps plain ones here, else copies in `folder`.
        """
