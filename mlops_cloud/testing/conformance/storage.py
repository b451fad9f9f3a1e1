"""Storage: content addresses, conditional creates, trees, hostile addresses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import AlreadyExistsError, InvalidSpecError, MlopsCloudError, NotFoundError
from mlops_cloud.provider.storage import TREE_MANIFEST
from mlops_cloud.results.identity import Uri
from mlops_cloud.testing import trees
from mlops_cloud.testing.conformance.base import Conformance

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.provider.base import Provider

_THREADS = 8
_FILES = {"a.txt": b"first", "deep/b.bin": bytes(range(256)), "deep/er/empty": b""}
_HOSTILE = ("../outside", "a/../../outside", "a/./b", "a//b", "nul\0byte", "back\\slash", "x" * 3000)


class StorageConformance(Conformance):
    """An object store: whole objects, created or replaced at once, never half visible."""

    def test_same_content_has_one_address(self, provider: Provider, tmp_path: Path) -> None:
        first, second = tmp_path / "first.bin", tmp_path / "second.bin"
        for file in (first, second):
            file.write_bytes(b"the same bytes")
        digest = sha256(b"the same bytes").hexdigest()
        address = provider.storage.put(digest, first)
        assert provider.storage.put(digest, second) == address
        assert self.read(provider, address) == b"the same bytes"
        assert address.startswith(provider.storage.root)

    def test_other_content_has_another_address(self, provider: Provider, tmp_path: Path) -> None:
        addresses = set()
        for text in (b"one", b"two"):
            (tmp_path / "file").write_bytes(text)
            addresses.add(provider.storage.put(sha256(text).hexdigest(), tmp_path / "file"))
        assert len(addresses) == 2

    def test_create_writes_only_once(self, provider: Provider) -> None:
        uri = Uri(f"{self.prefix(provider, 'once')}/object")
        assert provider.storage.create(uri, b"first") is True
        assert provider.storage.create(uri, b"second") is False
        assert self.read(provider, uri) == b"first"

    def test_one_of_many_threads_creates(self, provider: Provider) -> None:
        uri = Uri(f"{self.prefix(provider, 'race')}/object")
        ready = Barrier(_THREADS)

        def create(number: int) -> bool:
            ready.wait()
            return provider.storage.create(uri, str(number).encode() * 1000)

        with ThreadPoolExecutor(_THREADS) as pool:
            won = list(pool.map(create, range(_THREADS)))
        assert won.count(True) == 1
        assert self.read(provider, uri) == str(won.index(True)).encode() * 1000

    def test_a_tree_keeps_its_names(self, provider: Provider, tmp_path: Path) -> None:
        uri = self.stored(provider, tmp_path, _FILES)
        assert sorted(self.names_below(provider, uri)) == sorted([*_FILES, TREE_MANIFEST])
        assert {name: self.read(provider, Uri(f"{uri}/{name}")) for name in _FILES} == _FILES

    def test_a_tree_is_stored_once(self, provider: Provider, tmp_path: Path) -> None:
        manifest = trees.manifest_of(trees.written(tmp_path / "tree", _FILES))
        prefix = self.prefix(provider, "tree")
        uri = provider.storage.put_tree(manifest, prefix)
        assert provider.storage.put_tree(manifest, prefix) == uri
        other = trees.manifest_of(trees.written(tmp_path / "other", {"a.txt": b"changed"}))
        with pytest.raises(AlreadyExistsError):
            provider.storage.put_tree(other, prefix)
        assert self.read(provider, Uri(f"{uri}/a.txt")) == b"first"

    def test_a_trees_own_manifest_is_its_manifest(self, provider: Provider, tmp_path: Path) -> None:
        files = {**_FILES, TREE_MANIFEST: b'{"mine": 1}'}
        manifest = trees.manifest_of(trees.written(tmp_path / "tree", files))
        prefix = self.prefix(provider, "own")
        for _ in range(2):
            uri = provider.storage.put_tree(manifest, prefix)
        assert sorted(self.names_below(provider, uri)) == sorted(files)
        assert self.read(provider, Uri(f"{uri}/{TREE_MANIFEST}")) == b'{"mine": 1}'
        other = trees.manifest_of(trees.written(tmp_path / "other", {**_FILES, TREE_MANIFEST: b'{"mine": 2}'}))
        with pytest.raises(AlreadyExistsError):
            provider.storage.put_tree(other, prefix)

    def test_a_tree_whose_files_are_gone_leaves_no_manifest(self, provider: Provider, tmp_path: Path) -> None:
        manifest = trees.manifest_of(trees.written(tmp_path / "tree", _FILES))
        (tmp_path / "tree/deep/b.bin").unlink()
        prefix = self.prefix(provider, "broken")
        with pytest.raises(MlopsCloudError):
            provider.storage.put_tree(manifest, prefix)
        assert TREE_MANIFEST not in self.names_below(provider, prefix)
        trees.written(tmp_path / "tree", _FILES)
        uri = provider.storage.put_tree(manifest, prefix)
        assert set(self.names_below(provider, uri)) >= set(_FILES)

    def test_open_begins_at_an_offset(self, provider: Provider, tmp_path: Path) -> None:
        uri = Uri(f"{self.stored(provider, tmp_path, _FILES)}/deep/b.bin")
        with provider.storage.open(uri, 200) as stream:
            assert stream.read(10) == bytes(range(200, 210))
            assert stream.read() == bytes(range(210, 256))
        with provider.storage.open(uri, 256) as stream:
            assert stream.read() == b""

    def test_open_of_nothing(self, provider: Provider) -> None:
        with pytest.raises(NotFoundError):
            provider.storage.open(Uri(f"{self.prefix(provider, 'nothing')}/x"))

    def test_list_is_sorted_with_sizes(self, provider: Provider) -> None:
        prefix = self.prefix(provider, "sorted")
        for name in ("b", "a/2", "a/10", "a-b", "c"):
            provider.storage.create(Uri(f"{prefix}/{name}"), name.encode())
        entries = list(provider.storage.list(Uri(f"{prefix}/")))
        assert [entry.uri for entry in entries] == sorted(entry.uri for entry in entries)
        assert {entry.uri[len(prefix) + 1 :]: entry.size for entry in entries} == {
            name: len(name) for name in ("b", "a/2", "a/10", "a-b", "c")
        }

    def test_list_of_nothing_is_empty(self, provider: Provider) -> None:
        assert list(provider.storage.list(Uri(f"{self.prefix(provider, 'nothing')}/"))) == []

    def test_a_prefix_ends_at_a_part(self, provider: Provider) -> None:
        prefix = self.prefix(provider, "part")
        for name in ("run/1", "run-2/1"):
            provider.storage.create(Uri(f"{prefix}/{name}"), b"x")
        assert self.names_below(provider, Uri(f"{prefix}/run")) == ["1"]
        provider.storage.delete(Uri(f"{prefix}/run"))
        assert self.names_below(provider, prefix) == ["run-2/1"]

    def test_copy_of_an_object_and_of_a_tree(self, provider: Provider, tmp_path: Path) -> None:
        source = self.stored(provider, tmp_path, _FILES)
        target = self.prefix(provider, "copied")
        provider.storage.copy(Uri(f"{source}/a.txt"), Uri(f"{target}/one.txt"))
        provider.storage.copy(source, Uri(f"{target}/all"))
        assert self.read(provider, Uri(f"{target}/one.txt")) == b"first"
        assert {name: self.read(provider, Uri(f"{target}/all/{name}")) for name in _FILES} == _FILES
        with pytest.raises(NotFoundError):
            provider.storage.copy(Uri(f"{target}/nothing"), Uri(f"{target}/else"))

    def test_delete_leaves_nothing_and_can_be_repeated(self, provider: Provider, tmp_path: Path) -> None:
        uri = self.stored(provider, tmp_path, _FILES)
        provider.storage.delete(Uri(f"{uri}/a.txt"))
        assert "a.txt" not in self.names_below(provider, uri)
        for _ in range(2):
            provider.storage.delete(uri)
            assert self.names_below(provider, uri) == []

    def test_download_gives_files(self, provider: Provider, tmp_path: Path) -> None:
        uri = self.stored(provider, tmp_path, _FILES)
        tree = provider.storage.download(uri, tmp_path / "tree")
        assert {name: (tree / name).read_bytes() for name in _FILES} == _FILES
        single = provider.storage.download(Uri(f"{uri}/a.txt"), tmp_path / "single")
        file = single if single.is_file() else single / "a.txt"
        assert file.read_bytes() == b"first"
        with pytest.raises(NotFoundError):
            provider.storage.download(Uri(f"{uri}/nothing"), tmp_path / "nothing")

    @pytest.mark.parametrize("path", _HOSTILE, ids=lambda path: ascii(path)[:20])
    def test_hostile_addresses_are_refused(self, provider: Provider, tmp_path: Path, path: str) -> None:
        storage, uri = provider.storage, Uri(f"{provider.storage.root.rstrip('/')}/{path}")
        with pytest.raises(InvalidSpecError):
            storage.create(uri, b"x")
        with pytest.raises(InvalidSpecError):
            storage.open(uri)
        with pytest.raises(InvalidSpecError):
            list(storage.list(uri))
        with pytest.raises(InvalidSpecError):
            storage.delete(uri)
        with pytest.raises(InvalidSpecError):
            storage.download(uri, tmp_path / "target")

    @pytest.mark.parametrize("uri", ["", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x"])
    def test_addresses_of_other_stores_are_refused(self, provider: Provider, uri: str) -> None:
        with pytest.raises(InvalidSpecError):
            provider.storage.open(Uri(uri))
        with pytest.raises(InvalidSpecError):
            provider.storage.delete(Uri(uri))

    def test_the_root_is_not_deleted(self, provider: Provider) -> None:
        with pytest.raises(InvalidSpecError):
            provider.storage.delete(provider.storage.root)

    @pytest.mark.parametrize("name", ["../outside", "/absolute", "a/../b", ""])
    def test_a_tree_with_hostile_names_is_refused(self, provider: Provider, tmp_path: Path, name: str) -> None:
        good = trees.manifest_of(trees.written(tmp_path / "tree", {"a.txt": b"x"}))
        wrong = replace(good, files=(replace(good.files[0], path=name),))
        prefix = self.prefix(provider, "hostile")
        with pytest.raises(InvalidSpecError):
            provider.storage.put_tree(wrong, prefix)
        assert self.names_below(provider, prefix) == []
