"""From what a spec names to an address in the store and the digest of its content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import digest_of, file_digest
from mlops_cloud.errors import InvalidSpecError, NotFoundError, UnsupportedError
from mlops_cloud.results.data import FileEntry, Manifest
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.services.job_records import output_artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.provider.storage import Storage
    from mlops_cloud.results.data import DatasetVersion
    from mlops_cloud.results.models import ModelVersion
    from mlops_cloud.services.session import Session

_REFERENCE = re.compile(r"(dataset|job|model)://([^/]+)/([^/]+)(?:/(.+))?")
_VERSIONED = re.compile(r"([a-z0-9][a-z0-9._-]{0,62})(?:@([a-z][a-z0-9-]*)|:([0-9a-f]{1,64}))")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")


def resolve(session: Session, source: str, folder: Path) -> Artifact:
    """Where `source` lies and what it is made of; a local path is uploaded, content-addressed."""
    if source in session.known:
        return session.known[source]
    artifact = _found(session, source, folder)
    if _SCHEME.match(source):
        session.known[source] = artifact
    return artifact


def dataset_of(session: Session, source: str) -> DatasetVersion | None:
    """The dataset version that a reference names, if it names one."""
    found = _REFERENCE.fullmatch(source)
    datasets = session.provider.datasets
    if found is None or found[1] != "dataset" or datasets is None:
        return None
    return datasets.get(found[2], found[3])


def model_version(session: Session, source: str) -> ModelVersion:
    """The registered version that `model://name/3`, `name:3` or `name@alias` names; NotFoundError."""
    models = session.provider.models
    if models is None:
        raise UnsupportedError(f"{session.provider.info.name} has no registry")
    found = _REFERENCE.fullmatch(source)
    if found and found[1] == "model":
        return models.get(found[2], _number(found[3], source))
    short = _VERSIONED.fullmatch(source)
    if short is None:
        raise InvalidSpecError(f"{source!r} names no model version", fix="write name:3 or name@alias")
    return models.resolve(short[1], short[2]) if short[2] else models.get(short[1], _number(short[3], source))


def _number(text: str, source: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise InvalidSpecError(f"{source!r} names no model version", why=f"{text!r} is no number", fix="write name:3")
    return int(text)


def upload(session: Session, path: Path) -> Artifact:
    """A local file or folder in the store, with nothing beside it; nothing is sent when it is there already."""
    manifest = manifest_of(path)
    prefix = f"{session.provider.storage.root}/inputs/{manifest.digest[:32]}"
    if not session.read_only:
        _store(session.provider.storage, manifest, prefix)
    return Artifact(Uri(f"{prefix}/data"), manifest.digest, path.name)


def manifest_of(path: Path) -> Manifest:
    """The files below a folder, or one file, with their sha256."""
    root = path if path.is_dir() else path.parent
    paths = sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]
    return manifest(root, [entry.relative_to(root).as_posix() for entry in paths])


def manifest(root: Path, names: list[str]) -> Manifest:
    """A manifest of some files below `root`, with their sha256."""
    files = tuple(FileEntry(name, (root / name).stat().st_size, file_digest(root / name, "sha256")) for name in names)
    return Manifest(files, root, digest_of([[file.path, file.size, file.digest] for file in files]))


def local_path(session: Session, artifact: Artifact, folder: Path) -> Path:
    """A read-only path on this computer with the artifact's bytes."""
    return session.provider.storage.download(artifact.uri, folder)


def _store(storage: Storage, manifest: Manifest, prefix: str) -> None:
    complete = Uri(f"{prefix}/complete")
    if next(iter(storage.list(complete)), None):
        return
    for file in manifest.files:
        storage.copy(storage.put(file.digest, manifest.root / file.path), Uri(f"{prefix}/data/{file.path}"))
    storage.create(complete, b"")


def local_source(session: Session, source: str, folder: Path) -> Path | None:
    """The file or folder on this computer that a source names, if it names one; NotFoundError when it is missing."""
    path = folder / source
    if source in session.known or _SCHEME.match(source) or (_VERSIONED.fullmatch(source) and not path.exists()):
        return None
    for entry in (path, *(path.rglob("*") if path.is_dir() else ())):
        session.digests.note(entry)
    if not path.exists():
        raise NotFoundError(f"{source} is not there", why=f"looked in {folder}")
    return path


def _found(session: Session, source: str, folder: Path) -> Artifact:
    path = local_source(session, source, folder)
    if path is not None:
        return upload(session, path)
    reference = _REFERENCE.fullmatch(source)
    if reference:
        return _referenced(session, reference)
    scheme = _SCHEME.match(source)
    if scheme:
        raise UnsupportedError(
            f"{scheme[1]}:// sources are not in this version yet", fix="give a path, or an output of another step"
        )
    return _versioned(session, source)


def _referenced(session: Session, reference: re.Match[str]) -> Artifact:
    family, name, version, rest = reference.groups()
    if family == "dataset" and session.provider.datasets is not None:
        found = session.provider.datasets.get(name, version)
        if rest and rest not in found.splits:
            found.split(rest)
        return found.artifact(rest or "")
    if family == "job":
        return output_artifact(session, name, "/".join(part for part in (version, rest) if part))
    registered = model_version(session, f"model://{name}/{version}")
    return Artifact(registered.uri, registered.digest, registered.reference())


def _versioned(session: Session, source: str) -> Artifact:
    name, _, version = source.partition(":")
    if "@" not in source and session.provider.datasets is not None:
        known = {entry.version for entry in session.provider.datasets.list(name)}
        if version in known:
            return session.provider.datasets.get(name, version).artifact()
    registered = model_version(session, source)
    return Artifact(registered.uri, registered.digest, registered.reference())
