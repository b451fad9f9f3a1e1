"""Datasets: immutable versions, each one stored once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import NotFoundError
from mlops_cloud.results.data import Column, TableDescription
from mlops_cloud.results.identity import Uri
from mlops_cloud.testing import trees
from mlops_cloud.testing.conformance.base import Conformance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.datasets import Datasets
    from mlops_cloud.results.data import DatasetVersion, Manifest


class DatasetsConformance(Conformance):
    """A version is a manifest and plain files under one prefix."""

    @pytest.fixture
    def datasets(self, provider: Provider) -> Datasets:
        """The family under test."""
        assert provider.datasets is not None, "declare it as lacking, and leave this class out"
        return provider.datasets

    def manifest(self, folder: Path, rows: int = 3) -> Manifest:
        """A table with a train and a test part."""
        lines = [f"{number},{number % 2}\n" for number in range(rows)]
        files = {
            "all/table.csv": "x,y\n" + "".join(lines),
            "train/table.csv": "x,y\n" + "".join(lines[1:]),
            "test/table.csv": "x,y\n" + lines[0],
        }
        written = trees.written(folder / f"rows-{rows}", {name: text.encode() for name, text in files.items()})
        columns = (Column("x", "integer"), Column("y", "integer", nullable=True))
        return trees.manifest_of(written, TableDescription(rows, columns, "y", {"train": rows - 1, "test": 1}))

    def created(self, datasets: Datasets, folder: Path, name: str = "kit-table", rows: int = 3) -> DatasetVersion:
        """One version more."""
        return datasets.create(name, self.manifest(folder, rows), self.key("datasets", name, f"{rows} rows"))

    def test_a_version_says_what_it_holds(self, provider: Provider, datasets: Datasets, tmp_path: Path) -> None:
        manifest = self.manifest(tmp_path)
        key = self.key("datasets", "kit-table")
        version = datasets.create("kit-table", manifest, key)
        assert (version.name, version.digest, version.key) == ("kit-table", manifest.digest, key.digest)
        assert version.version == manifest.digest[:16]
        described = TableDescription(version.rows, version.columns, version.target, version.splits)
        assert described == manifest.description
        assert version.files == manifest.files
        assert version.created > 0
        assert self.read(provider, Uri(f"{version.uri}/test/table.csv")) == b"x,y\n0,0\n"
        assert datasets.get("kit-table", version.version) == version

    def test_a_split_is_an_address(self, provider: Provider, datasets: Datasets, tmp_path: Path) -> None:
        train = self.created(datasets, tmp_path).artifact("train")
        assert self.names_below(provider, train.uri) == ["table.csv"]

    def test_same_key_same_version(self, datasets: Datasets, another: Callable[[], Provider], tmp_path: Path) -> None:
        first = self.created(datasets, tmp_path)
        assert self.created(datasets, tmp_path) == first
        other = another()
        try:
            assert other.datasets is not None
            assert self.created(other.datasets, tmp_path) == first
            assert other.datasets.find(self.key("datasets", "kit-table", "3 rows")) == first
        finally:
            other.close()
        assert list(datasets.list("kit-table")) == [first]

    def test_same_content_same_version(self, datasets: Datasets, tmp_path: Path) -> None:
        first = datasets.create("kit-table", self.manifest(tmp_path), self.key("datasets", "a"))
        again = datasets.create("kit-table", self.manifest(tmp_path), self.key("datasets", "b"))
        assert (again.version, again.uri) == (first.version, first.uri)
        assert len(list(datasets.list("kit-table"))) == 1

    def test_many_threads_make_one_version(self, datasets: Datasets, tmp_path: Path) -> None:
        manifest, key = self.manifest(tmp_path), self.key("datasets", "kit-table")
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: datasets.create("kit-table", manifest, key), range(4)))
        assert len({version.version for version in made}) == 1
        assert len(list(datasets.list("kit-table"))) == 1

    def test_versions_are_listed_newest_first(self, datasets: Datasets, tmp_path: Path) -> None:
        first, second = self.created(datasets, tmp_path, rows=3), self.created(datasets, tmp_path, rows=5)
        other = self.created(datasets, tmp_path, "kit-other", rows=4)
        assert list(datasets.list("kit-table")) == [second, first]
        assert list(datasets.list()) == [other, second, first]
        assert datasets.get("kit-table") == second

    def test_what_is_not_there(self, datasets: Datasets, tmp_path: Path) -> None:
        for name, version in (("kit-nothing", ""), ("kit-nothing", "0" * 16)):
            with pytest.raises(NotFoundError):
                datasets.get(name, version)
        self.created(datasets, tmp_path)
        with pytest.raises(NotFoundError):
            datasets.get("kit-table", "0" * 16)
        assert datasets.find(self.key("datasets", "kit-table", "never made")) is None
        assert list(datasets.list("kit-nothing")) == []

    def test_delete_takes_one_version(self, provider: Provider, datasets: Datasets, tmp_path: Path) -> None:
        kept, gone = self.created(datasets, tmp_path, rows=3), self.created(datasets, tmp_path, rows=5)
        for _ in range(2):
            datasets.delete("kit-table", gone.version)
        with pytest.raises(NotFoundError):
            datasets.get("kit-table", gone.version)
        assert list(datasets.list("kit-table")) == [kept]
        assert datasets.find(self.key("datasets", "kit-table", "5 rows")) is None
        assert self.names_below(provider, gone.uri) == []
        assert self.read(provider, Uri(f"{kept.uri}/all/table.csv")).startswith(b"x,y\n")
        assert self.created(datasets, tmp_path, rows=5).digest == gone.digest

    def test_ours_are_owned(self, provider: Provider, datasets: Datasets, tmp_path: Path) -> None:
        self.created(datasets, tmp_path)
        assert ("datasets", "kit-table") in {(ref.family, ref.name) for ref in provider.owned()}
