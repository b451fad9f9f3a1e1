"""The object store: plain files below one folder, addressed `local://store/<path>`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mlops_cloud.durable.files import create_exclusive, make_private_folder
from mlops_cloud.durable.hashing import canonical_json
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import AlreadyExistsError, ConflictError, InvalidSpecError, NotFoundError
from mlops_cloud.provider.storage import TREE_MANIFEST, Storage
from mlops_cloud.results.data import FileEntry
from mlops_cloud.results.identity import Entry, Uri
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud.safety.names import path_fault, shown
from mlops_cloud_local.addresses import ROOT
from mlops_cloud_local.objects import (
    READ_ONLY,
    Objects,
    copy_file,
    is_stored,
    link_or_copy,
    sync_folders,
    temporary_beside,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.data import Manifest
    from mlops_cloud_local.addresses import Home


class LocalStorage(Storage):
    """What `store/` holds, and, to read only, what jobs wrote."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._objects = Objects(home.store / "objects")
        self._contents = Objects(home.store / "contents")

    @property
    def root(self) -> Uri:
        """`local://store`."""
        return ROOT

    def put(self, digest: str, file: Path) -> Uri:
        """The address of this content; nothing is copied when it is there already."""
        try:
            entry = FileEntry(file.name, file.stat().st_size, digest)
        except OSError as exc:
            raise disk_error(exc, file, "read") from exc
        self._objects.add([entry], file.parent)
        return self._home.address(self._objects.path(digest))

    def put_tree(self, manifest: Manifest, prefix: Uri) -> Uri:
        """Store a tree, its MANIFEST.json last; the same tree again only puts back what is missing of it."""
        folder = self._home.writable_path(prefix)
        _check_paths(manifest)
        body = _manifest_body(manifest)
        _refuse_another(folder / TREE_MANIFEST, body, prefix)
        files = [entry for entry in manifest.files if entry.path != TREE_MANIFEST]
        self._contents.add(files, manifest.root)
        sync_folders([self._placed(entry, folder, manifest.root) for entry in files])
        make_private_folder(folder)
        if not create_exclusive(folder / TREE_MANIFEST, body, READ_ONLY):
            _refuse_another(folder / TREE_MANIFEST, body, prefix)
        return prefix

    def copy(self, source: Uri, target: Uri) -> None:
        """Copy one object, or all below a prefix; what a job wrote is copied byte by byte."""
        origin = self._existing(source)
        destination = self._home.writable_path(target)
        pairs = [(path, destination / path.relative_to(origin)) for path in _files(origin)]
        for path, goal in pairs:
            make_private_folder(goal.parent)
            _replaced(path, goal, share=path.is_relative_to(self._home.store))
        sync_folders([goal for _, goal in pairs])

    def open(self, uri: Uri, offset: int = 0) -> BinaryIO:
        """The bytes of one object from `offset` on; NotFoundError when it is not there."""
        path = self._existing(uri)
        if not path.is_file():
            raise NotFoundError(f"{shown(uri)} is not one object", why="it is a prefix", fix="list what is below it")
        try:
            stream = path.open("rb")
        except OSError as exc:  # deleted since we looked, or not ours to read
            raise disk_error(exc, path, "read") from exc
        stream.seek(offset)
        return stream

    def create(self, uri: Uri, data: bytes) -> bool:
        """Write an object only if there is none: True when this call wrote it; durable when this returns."""
        path = self._home.writable_path(uri)
        make_private_folder(path.parent)
        made = create_exclusive(path, data, READ_ONLY)
        if not made and path.is_dir():
            raise ConflictError(f"{shown(uri)} cannot be an object", why="other objects lie below it")
        return made

    def list(self, prefix: Uri) -> Iterator[Entry]:
        """The objects below a prefix, sorted by address; one object by its own address."""
        found = ((self._home.address(path), path) for path in _files(self._home.path(prefix)))
        for uri, path in sorted(found):
            with suppress(FileNotFoundError):  # deleted since we looked
                yield Entry(uri, path.stat().st_size)

    def delete(self, prefix: Uri) -> None:
        """Remove one object or all below a prefix, and the content that no other tree holds."""
        path = self._home.writable_path(prefix)
        digests = _listed(path / TREE_MANIFEST)
        make_private_folder(self._home.trash)
        gone = self._home.trash / os.urandom(8).hex()
        try:
            path.rename(gone)  # at once: half a tree is never seen
        except (FileNotFoundError, NotADirectoryError):
            return
        remove_tree(gone, self._home.trash)
        self._contents.remove_unused(digests)

    def download(self, prefix: Uri, folder: Path) -> Path:  # noqa: ARG002 - what is here already needs no folder
        """The store's own file of one object, or its own folder of all below a prefix: read-only."""
        return self._existing(prefix)

    def _existing(self, uri: Uri) -> Path:
        path = self._home.path(uri)
        if not path.exists():
            raise NotFoundError(f"there is nothing at {shown(uri, 200)}", provider="local")
        return path

    def _placed(self, entry: FileEntry, folder: Path, root: Path) -> Path:
        goal = folder / entry.path
        make_private_folder(goal.parent)
        try:
            link_or_copy(self._contents.path(entry.digest), goal)
        except NotFoundError:  # the last tree that held it was deleted in between
            self._contents.add([entry], root)
            return self._placed(entry, folder, root)
        except FileExistsError as exc:
            if goal.stat().st_size != entry.size:
                raise AlreadyExistsError(f"{goal.name} is there already, with other content", why=str(goal)) from exc
        return goal


def _check_paths(manifest: Manifest) -> None:
    for entry in manifest.files:
        if fault := path_fault(entry.path):
            raise InvalidSpecError(f"{shown(entry.path)} cannot be stored", why=fault)


def _manifest_body(manifest: Manifest) -> bytes:
    """What stands in MANIFEST.json: the tree's own file of that name, else a list of the files in the same form."""
    if any(entry.path == TREE_MANIFEST for entry in manifest.files):
        return (manifest.root / TREE_MANIFEST).read_bytes()
    files = [[entry.path, entry.size, entry.digest] for entry in manifest.files]
    body = {"schema": 1, "digest": manifest.digest, "files": files, "description": manifest.plain_description()}
    return canonical_json(body)


def _refuse_another(path: Path, body: bytes, prefix: Uri) -> None:
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return
    if there != body:
        raise AlreadyExistsError(f"another tree is stored at {shown(prefix, 200)}", fix="choose another prefix")


def _listed(manifest: Path) -> list[str]:
    """The digests in a tree's MANIFEST.json, if it has one of our form."""
    try:
        return [str(digest) for _, _, digest in json.loads(manifest.read_bytes())["files"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _files(path: Path) -> Iterator[Path]:
    """The plain files at or below a path; links and unfinished files are none."""
    if path.is_file():
        yield path
    for parent, _, names in os.walk(path):
        for name in names:
            if is_stored(file := Path(parent, name)):
                yield file


def _replaced(source: Path, goal: Path, *, share: bool) -> None:
    temporary = temporary_beside(goal)
    if share:
        link_or_copy(source, temporary)
    else:
        copy_file(source, temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
    try:
        temporary.replace(goal)
    except OSError as exc:
        temporary.unlink()
        raise disk_error(exc, goal, "write") from exc
    temporary.unlink(missing_ok=True)  # renaming one name of a file over another of its names does nothing
