"""Datasets: check what is expected, divide, store an immutable version."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis import expectations, splitting, tables
from mlops_cloud.durable.hashing import digest_of, file_identity
from mlops_cloud.errors import ConflictError, ExpectationError, InvalidSpecError, UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.data import Column, FileEntry, Manifest, TableDescription
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.services import artifacts
from mlops_cloud.services.creation import create_once
from mlops_cloud.services.keys import Content, key_of
from mlops_cloud.services.rehearsal import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.provider.datasets import Datasets
    from mlops_cloud.results.data import DatasetVersion
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.dataset import Dataset

_HERE = Uri("")  # a file of the user's that is not in the store
_SHOWN = 5  # rows that broke an expectation; more would hide the message


@dataclass(frozen=True, slots=True)
class PreparedDataset:
    """A dataset whose source is known, and therefore its key."""

    spec: Dataset
    content: Content
    source: Artifact


class DatasetService:
    """The verbs of datasets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, spec: Dataset, *, folder: Path | str = ".") -> DatasetVersion:
        """The immutable version of these rows; ExpectationError shows the rows that broke what was expected."""
        return self.store(self.prepare(spec, Path(folder).resolve()))

    def prepare(self, spec: Dataset, folder: Path) -> PreparedDataset:
        """Find the source and the key; nothing of a version is created."""
        require_feature(self._session.provider, Feature.DATASETS)
        spec = spec.with_changes(name=self._session.full_name(spec.name))
        source = self._source(spec, folder)
        parts: dict[str, object] = {
            "provider": self._session.provider.info.name,
            "spec": {field: value for field, value in spec.content().items() if field not in ("name", "source")},
            "source": source.digest,
        }
        if self._session.sample:
            parts["sample"] = self._session.sample
        return PreparedDataset(spec, Content("dataset", spec.name, parts), source)

    def completed(self, content: Content) -> DatasetVersion | None:
        """The version that this content made before, if it is still there."""
        return self._datasets.find(key_of("datasets", content))

    def store(self, prepared: PreparedDataset) -> DatasetVersion:
        """Check, divide and store; nothing is visible before all of it is."""
        key = key_of("datasets", prepared.content)
        return create_once(self._session.journal, "datasets", key, self._datasets.find, lambda: self._store(prepared))

    def get(self, name: str, version: str = "") -> DatasetVersion:
        """One version, the newest when none is named; NotFoundError."""
        return self._datasets.get(name, version)

    def list(self, name: str = "") -> Iterator[DatasetVersion]:
        """All versions, newest first; those of rehearsals only by name or in their project."""
        return (version for version in self._datasets.list(name) if name or listed(self._session, version.name))

    def open(self, version: DatasetVersion, split: str = "") -> Path:
        """A read-only folder on this computer with the rows."""
        target = self._session.home / "downloads" / version.name / version.version / (split or "all")
        return self._session.provider.storage.download(version.artifact(split).uri, target)

    def delete(self, name: str, version: str) -> None:
        """Remove one version; one that is not there is no error."""
        self._datasets.delete(name, version)

    @property
    def _datasets(self) -> Datasets:
        datasets = self._session.provider.datasets
        if datasets is None:
            raise UnsupportedError(f"{self._session.provider.info.name} has no datasets")
        return datasets

    def _store(self, prepared: PreparedDataset) -> DatasetVersion:
        with TemporaryDirectory(dir=self._session.home) as temporary:
            folder = Path(temporary)
            source = _table_file(self._copied(prepared.source, folder / "source"), prepared.spec)
            with _as_written(source, prepared.spec.source):
                manifest = self._manifest(prepared.spec, source, folder)
            return self._datasets.create(prepared.spec.name, manifest, key_of("datasets", prepared.content))

    def _manifest(self, spec: Dataset, source: Path, folder: Path) -> Manifest:
        table = tables.open_table(source, tables.Options(format=spec.format, delimiter=spec.delimiter))
        if spec.target:
            tables.require_column(table, spec.target, "target")
        expected = spec.expect.model_dump(exclude_none=True)
        if not self._session.sample:
            return _manifest(spec, table, source, expected, folder / "version")
        from mlops_cloud.services import dataset_sample

        drawn = dataset_sample.drawn(spec, table, folder / "sample", self._session.sample)
        return _manifest(spec, drawn, drawn.file, dataset_sample.expected_of(expected), folder / "version")

    def _source(self, spec: Dataset, folder: Path) -> Artifact:
        path = artifacts.local_source(self._session, spec.source, folder)
        if path is None:
            return artifacts.resolve(self._session, spec.source, folder)
        return Artifact(_HERE, artifacts.manifest_of(path).digest, str(path))

    def _copied(self, source: Artifact, folder: Path) -> Path:
        # A copy cannot change between the check and the store, and nothing is stored of a table that is refused.
        if source.uri != _HERE:
            return artifacts.local_path(self._session, source, folder)
        path = Path(source.name)
        target = folder / path.name
        shutil.copytree(path, target) if path.is_dir() else _copy(path, target)
        if artifacts.manifest_of(target).digest != source.digest:
            raise ConflictError(f"{path} changed while it was read", fix="run it again")
        return target


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir()
    shutil.copyfile(path, target)


def _table_file(path: Path, spec: Dataset) -> Path:
    if path.is_file():
        return path
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    if len(files) != 1:
        raise InvalidSpecError(f"dataset {spec.name!r} reads one file", why=f"the source holds {len(files)}")
    return files[0]


def _manifest(spec: Dataset, table: tables.Table, source: Path, expected: dict[str, Any], folder: Path) -> Manifest:
    schema = table.schema()
    broken = expectations.check(table, expected)
    if broken:
        raise _unexpected(spec.name, broken)
    (folder / "all").mkdir(parents=True)
    shutil.copyfile(source, folder / "all" / f"{spec.name}{source.suffix}")
    splits = _divide(spec, table, folder)
    return _described(spec, folder, schema, splits)


def _divide(spec: Dataset, table: tables.Table, folder: Path) -> dict[str, int]:
    if spec.split is None:
        return {}
    parts = splitting.split(
        table,
        folder,
        spec.split.shares,
        method=spec.split.method,
        seed=spec.split.seed,
        column=spec.split.column or (spec.target if spec.split.method == "stratified" else ""),
    )
    return {name: part.rows for name, part in parts.items()}


def _described(spec: Dataset, folder: Path, schema: tables.Schema, splits: dict[str, int]) -> Manifest:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = tuple(FileEntry(p.relative_to(folder).as_posix(), p.stat().st_size, file_identity(p)) for p in paths)
    columns = tuple(Column(c.name, c.type, c.nullable) for c in schema.columns)
    description = TableDescription(schema.rows, columns, spec.target, splits)
    digest = digest_of([[[f.path, f.size, f.digest] for f in files], description.to_json()])
    return Manifest(files, folder, digest, description)


@contextmanager
def _as_written(path: Path, source: str) -> Iterator[None]:
    # The rows are read from the store's copy, which cannot change meanwhile; a person knows the file by its own name.
    try:
        yield
    except InvalidSpecError as exc:
        what, why = (
            text.replace(str(path), source).replace(path.name, Path(source).name) for text in (exc.what, exc.why)
        )
        raise InvalidSpecError(what, why=why, fix=exc.fix) from exc


def _unexpected(name: str, broken: list[expectations.Broken]) -> ExpectationError:
    lines = []
    for entry in broken:
        lines.append(f"{entry.message}")
        lines += [f"    {row}" for row in entry.rows[:_SHOWN]]
    return ExpectationError(
        f"dataset {name!r} broke {len(broken)} of its expectations",
        why="\n  ".join(lines),
        fix="mend the rows, or expect:",
    )
