"""From a job's model to a bundle in the store: the thing that is evaluated, registered and served."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.bundle_files import digest, listed
from mlops_cloud.bundle.model import Bundle, verified, write_bundle
from mlops_cloud.durable.hashing import digest_of, file_digest
from mlops_cloud.errors import NotFoundError
from mlops_cloud.provider.storage import TREE_MANIFEST
from mlops_cloud.results.data import FileEntry, Manifest
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.services import artifacts, job_records
from mlops_cloud.services.code import unpacked_code

if TYPE_CHECKING:
    from mlops_cloud.results.data import DatasetVersion
    from mlops_cloud.services.session import Session


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A bundle in the store, and the job that made it."""

    uri: Uri
    digest: str
    job: str
    description: dict[str, Any]
    """The job's record."""

    def artifact(self) -> Artifact:
        """The bundle as an input of a job."""
        return Artifact(self.uri, self.digest, f"bundle of {self.job}")


def bundle_of_job(session: Session, name: str) -> StoredBundle:
    """The bundle of a training job's model, made and stored once."""
    made = session.records.get("bundles", name)
    description = job_records.describe(session, name)
    whole = made is not None and _stored_files(session, made["uri"]) == made["files"]
    if not whole and session.read_only:
        raise NotFoundError(f"the bundle of job {name} is not made yet")
    if made is None or not whole:
        made = _store(session, name, description)
        session.records.create("bundles", name, made)
    return StoredBundle(Uri(made["uri"]), made["digest"], name, description)


def bundle_of(session: Session, source: str, folder: Path) -> Artifact:
    """The bundle that `source` names as an input of a job: of a training job, a folder, or a registered version."""
    if source in session.known and not source.startswith("job://"):
        return session.known[source]
    if source.startswith("job://"):
        return bundle_of_job(session, source.split("/")[2]).artifact()
    if (folder / source).is_dir():
        stored = artifacts.upload(session, folder / source)
        return replace(stored, digest=digest(listed(folder / source)))
    version = artifacts.model_version(session, source)
    return Artifact(version.uri, version.digest, version.reference())


def download_verified(session: Session, uri: Uri, digest: str, folder: Path) -> Bundle:
    """A registered bundle on this computer; CorruptStateError when one byte of it changed."""
    return verified(session.provider.storage.download(uri, folder), digest)


def train_dataset(session: Session, description: dict[str, Any]) -> tuple[DatasetVersion, str] | None:
    """The dataset version and split that a job was trained on, if it was one of ours."""
    for port in sorted(description["inputs"], key=lambda port: port != "train"):
        name = description["inputs"][port]["name"]
        version = artifacts.dataset_of(session, name)
        if version is not None:
            return version, name.split("/")[4] if name.count("/") > 3 else ""
    return None


def _store(session: Session, name: str, description: dict[str, Any]) -> dict[str, Any]:
    model = job_records.output_artifact(session, name, "model")
    with TemporaryDirectory(dir=session.home) as temporary:
        folder = Path(temporary)
        files = session.provider.storage.download(model.uri, folder / "download")
        code = unpacked_code(session, description, folder / "code")
        signature = _signature(session, description, folder)
        target = folder / "bundle"
        target.mkdir()
        bundle = write_bundle(target, files, code, description["lock"], signature, description["trust"])
        prefix = Uri(f"{session.provider.storage.root}/bundles/{bundle.digest}")
        uri = session.provider.storage.put_tree(_manifest(bundle), prefix)
    return {"uri": uri, "digest": bundle.digest, "files": _stored_files(session, uri)}


def _stored_files(session: Session, uri: str) -> int:
    return sum(1 for _ in session.provider.storage.list(Uri(uri)))


def _manifest(bundle: Bundle) -> Manifest:
    # The bundle's own manifest is the tree's: the store writes it last, as it is.
    own = bundle.folder / TREE_MANIFEST
    files = [FileEntry(*file) for file in bundle.files]
    files.append(FileEntry(TREE_MANIFEST, own.stat().st_size, file_digest(own, "sha256")))
    ordered = tuple(sorted(files, key=lambda file: file.path))
    return Manifest(ordered, bundle.folder, digest_of([[f.path, f.size, f.digest] for f in ordered]))


def _signature(session: Session, description: dict[str, Any], folder: Path) -> dict[str, Any]:
    predictor = description["predictor"]
    signature: dict[str, Any] = {
        "schema": 1,
        "predictor": f"code/{predictor}" if predictor else "",
        "trust": description["trust"],
        "inputs": [],
        "output": None,
        "example": {},
    }
    trained = train_dataset(session, description)
    if trained is None:
        return signature
    version, split = trained
    columns = [{"name": c.name, "type": c.type, "nullable": c.nullable} for c in version.columns]
    signature["inputs"] = [column for column in columns if column["name"] != version.target]
    signature["output"] = next((column for column in columns if column["name"] == version.target), None)
    signature["example"] = _first_row(session, version, split, folder / "example")
    return signature


def _first_row(session: Session, version: DatasetVersion, split: str, folder: Path) -> dict[str, Any]:
    data = session.provider.storage.download(version.artifact(split).uri, folder)
    path = next((path for path in sorted(data.iterdir()) if path.suffix == ".csv"), None)
    if path is None:
        return {}
    with path.open(newline="", encoding="utf-8-sig") as stream:
        row = next(csv.DictReader(stream), {})
    kinds = {column.name: column.type for column in version.columns}
    return {name: _typed(text, kinds.get(name, "text")) for name, text in row.items() if name != version.target}


def _typed(text: str, kind: str) -> object:
    if text == "":
        return None
    if kind == "integer":
        return int(text)
    if kind == "number":
        return float(text)
    return text.lower() == "true" if kind == "boolean" else text
