"""The bucket as a Storage."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from mlops_cloud.errors import AlreadyExistsError, InvalidSpecError, NotFoundError
from mlops_cloud.provider.storage import TREE_MANIFEST, Storage
from mlops_cloud.results.identity import Entry, Uri
from mlops_cloud.safety.names import path_fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.data import Manifest
    from mlops_cloud_stub.cloud import Cloud

ROOT = Uri("stub://bucket")


class StubStorage(Storage):
    """Objects are files; each appears whole, by a link from a folder beside the bucket."""

    def __init__(self, cloud: Cloud) -> None:
        self._bucket = cloud.bucket
        self._parts = cloud.folder / "parts"

    @property
    def root(self) -> Uri:
        """`stub://bucket`."""
        return ROOT

    def put(self, digest: str, file: Path) -> Uri:
        """The address of this content."""
        uri = Uri(f"{ROOT}/objects/{digest}")
        if not self._path(uri).exists():
            self._linked(file, self._path(uri))
        return uri

    def put_tree(self, manifest: Manifest, prefix: Uri) -> Uri:
        """The files, then their manifest."""
        folder = self._path(prefix)
        for entry in manifest.files:
            if fault := path_fault(entry.path):
                raise InvalidSpecError(f"{shown(entry.path)} cannot be stored", why=fault)
        files = [[entry.path, entry.size, entry.digest] for entry in manifest.files]
        told = {"digest": manifest.digest, "files": files, "description": manifest.plain_description()}
        own = any(entry.path == TREE_MANIFEST for entry in manifest.files)
        body = (manifest.root / TREE_MANIFEST).read_bytes() if own else json.dumps(told).encode()
        marker = folder / TREE_MANIFEST
        if marker.exists() and marker.read_bytes() != body:
            raise AlreadyExistsError(f"another tree is stored at {prefix}")
        for entry in manifest.files:
            if entry.path != TREE_MANIFEST and not (folder / entry.path).exists():
                self._linked(manifest.root / entry.path, folder / entry.path)
        if not self.create(Uri(f"{prefix}/{TREE_MANIFEST}"), body) and marker.read_bytes() != body:
            raise AlreadyExistsError(f"another tree is stored at {prefix}")
        return prefix

    def copy(self, source: Uri, target: Uri) -> None:
        """Copy one object, or all below a prefix."""
        origin, goal = self._existing(source), self._path(target)
        for file in _files(origin):
            place = goal / file.relative_to(origin)
            place.unlink(missing_ok=True)
            self._linked(file, place)

    def open(self, uri: Uri, offset: int = 0) -> BinaryIO:
        """The bytes of one object."""
        path = self._existing(uri)
        if not path.is_file():
            raise NotFoundError(f"{uri} is no object")
        stream = path.open("rb")
        stream.seek(offset)
        return stream

    def create(self, uri: Uri, data: bytes) -> bool:
        """Write an object only if there is none."""
        path = self._path(uri)
        part = self._part()
        part.write_bytes(data)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(part, path)
        except FileExistsError:
            return False
        finally:
            part.unlink()
        return True

    def list(self, prefix: Uri) -> Iterator[Entry]:
        """The objects below a prefix, sorted by address."""
        found = [(Uri(f"{ROOT}/{file.relative_to(self._bucket)}"), file) for file in _files(self._path(prefix))]
        for uri, file in sorted(found):
            yield Entry(uri, file.stat().st_size)

    def delete(self, prefix: Uri) -> None:
        """Remove one object or all below a prefix."""
        path = self._path(prefix)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def download(self, prefix: Uri, folder: Path) -> Path:
        """Copies in the folder: its file for one object, the folder itself for a prefix."""
        source = self._existing(prefix)
        if source.is_dir():
            return Path(shutil.copytree(source, folder, dirs_exist_ok=True))
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(source, folder / source.name))

    def _path(self, uri: Uri) -> Path:
        path = uri.removeprefix(f"{ROOT}/").rstrip("/")
        fault = "it is another store's" if not uri.startswith(f"{ROOT}/") else path_fault(path)
        if fault:
            raise InvalidSpecError(f"{shown(uri)} is no address of this store", why=fault)
        return self._bucket / path

    def _existing(self, uri: Uri) -> Path:
        path = self._path(uri)
        if not path.exists():
            raise NotFoundError(f"there is nothing at {uri}")
        return path

    def _part(self) -> Path:
        self._parts.mkdir(parents=True, exist_ok=True)
        return self._parts / uuid4().hex

    def _linked(self, source: Path, target: Path) -> None:
        part = self._part()
        try:
            shutil.copyfile(source, part)
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
        except FileNotFoundError as exc:
            raise NotFoundError(f"there is no file {source}") from exc


def content_of(storage: Storage, uri: Uri) -> bytes:
    """The whole of one object."""
    with storage.open(uri) as stream:
        return stream.read()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_file()]
