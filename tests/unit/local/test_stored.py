"""Storage, datasets and models beyond the kit: disk space, repair, tampering, what lies where."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import AlreadyExistsError, ConflictError, CorruptStateError, InvalidSpecError, NotFoundError
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.results.data import Column, FileEntry, Manifest, TableDescription
from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.results.models import Decision, ModelDescription
from mlops_cloud.testing.trees import manifest_of, written
from mlops_cloud_local.provider import create

if TYPE_CHECKING:
    from mlops_cloud_local.provider import LocalProvider

_TABLE = TableDescription(1, (Column("x", "integer"),), "x")


def _key(text: str, family: str = "datasets") -> Key:
    return Key(family, text, sha256(text.encode()).hexdigest()[:32])


def _dataset(folder: Path, **files: bytes) -> Manifest:
    tree = written(folder, {f"all/{name}.csv": data for name, data in files.items()})
    return manifest_of(tree, _TABLE)


def _size(home: Path) -> int:
    return sum(path.stat().st_size for path in (home / "store").rglob("*") if path.is_file())


def test_files_of_two_versions_share_their_bytes(provider: LocalProvider, tmp_path: Path) -> None:
    first = provider.datasets.create("kit", _dataset(tmp_path / "1", same=b"x" * 9000, other=b"1"), _key("1"))
    second = provider.datasets.create("kit", _dataset(tmp_path / "2", same=b"x" * 9000, other=b"2"), _key("2"))
    inodes = [
        (provider.storage.download(version.uri, tmp_path) / "all/same.csv").stat().st_ino for version in (first, second)
    ]
    assert inodes[0] == inodes[1]


def test_a_deleted_version_frees_what_no_other_holds(provider: LocalProvider, home: Path, tmp_path: Path) -> None:
    kept = provider.datasets.create("kit", _dataset(tmp_path / "1", same=b"x" * 9000), _key("1"))
    before = _size(home)
    gone = _dataset(tmp_path / "2", same=b"x" * 9000, other=b"y" * 9000)
    version = provider.datasets.create("kit", gone, _key("2"))
    provider.datasets.delete("kit", version.version)
    assert _size(home) == before
    assert [entry.size for entry in provider.storage.list(Uri(f"{kept.uri}/all"))] == [9000]
    assert list((home / "trash").iterdir()) == []


def test_a_version_whose_file_was_lost_is_made_whole_again(provider: LocalProvider, tmp_path: Path) -> None:
    manifest = _dataset(tmp_path / "1", a=b"a", b=b"b")
    version = provider.datasets.create("kit", manifest, _key("1"))
    provider.storage.delete(Uri(f"{version.uri}/all/a.csv"))
    assert provider.datasets.create("kit", manifest, _key("1")) == version
    with provider.storage.open(Uri(f"{version.uri}/all/a.csv")) as stream:
        assert stream.read() == b"a"


def test_many_files_are_stored_and_listed(provider: LocalProvider, home: Path, tmp_path: Path) -> None:
    files = {f"part-{number:03}/{name}": f"{number}{name}".encode() for number in range(40) for name in "ab"}
    tree = written(tmp_path / "many", files)
    prefix = provider.storage.put_tree(manifest_of(tree), Uri(f"{provider.storage.root}/many"))
    assert [entry.uri for entry in provider.storage.list(prefix)][1:] == [f"{prefix}/{name}" for name in sorted(files)]
    assert list(home.rglob(".part-*")) == []


def test_a_trees_own_manifest_is_its_manifest(provider: LocalProvider, tmp_path: Path) -> None:
    tree = written(tmp_path / "bundle", {"model/w": b"w", "MANIFEST.json": b'{"mine": 1}'})
    prefix = provider.storage.put_tree(manifest_of(tree), Uri(f"{provider.storage.root}/bundle"))
    folder = provider.storage.download(prefix, tmp_path)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["MANIFEST.json", "w"]
    assert (folder / "MANIFEST.json").read_bytes() == b'{"mine": 1}'
    provider.storage.delete(prefix)
    assert list(provider.storage.list(prefix)) == []


def test_a_file_that_changed_since_it_was_hashed_is_refused(provider: LocalProvider, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"longer than before")
    entry = FileEntry("file", 3, sha256(b"old").hexdigest())
    with pytest.raises(ConflictError):
        provider.storage.put_tree(Manifest((entry,), tmp_path, "ab" * 32), Uri(f"{provider.storage.root}/tree"))


def test_links_planted_in_the_store_are_not_followed(provider: LocalProvider, home: Path, tmp_path: Path) -> None:
    provider.storage.create(Uri(f"{provider.storage.root}/tree/real"), b"real")
    (home / "store/tree/secret").symlink_to("/etc/passwd")
    (home / "store/tree/outside").symlink_to(tmp_path)
    tree = Uri(f"{provider.storage.root}/tree")
    assert [entry.uri for entry in provider.storage.list(tree)] == [f"{tree}/real"]
    for name in ("secret", "outside/file"):
        with pytest.raises(InvalidSpecError):
            provider.storage.open(Uri(f"{tree}/{name}"))
        with pytest.raises(InvalidSpecError):
            provider.storage.create(Uri(f"{tree}/{name}"), b"x")
    assert list(tmp_path.glob("file")) == []


def test_jobs_and_the_root_are_not_written_through_the_store(scripts: Any) -> None:
    job = scripts.run("pass")
    storage = scripts.provider.storage
    for uri in (job.outputs["output"], Uri(f"{storage.root}/jobs"), storage.root, Uri("local://store/")):
        with pytest.raises(InvalidSpecError):
            storage.delete(uri)
        with pytest.raises(InvalidSpecError):
            storage.create(uri, b"x")


def test_a_folder_of_objects_is_no_object(provider: LocalProvider) -> None:
    root = provider.storage.root
    provider.storage.create(Uri(f"{root}/a/b"), b"x")
    with pytest.raises(NotFoundError):
        provider.storage.open(Uri(f"{root}/a"))
    with pytest.raises(ConflictError):
        provider.storage.create(Uri(f"{root}/a"), b"x")
    with pytest.raises(NotFoundError):
        provider.storage.open(Uri(f"{root}/a/b/c"))
    provider.storage.delete(Uri(f"{root}/a/b/c"))
    provider.storage.create(Uri(f"{root}/single"), b"x")
    with pytest.raises(AlreadyExistsError):
        provider.storage.copy(Uri(f"{root}/single"), Uri(f"{root}/a"))


def test_a_file_that_is_not_there_is_not_put(provider: LocalProvider, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        provider.storage.put("ab" * 32, tmp_path / "nothing")
    with pytest.raises(InvalidSpecError):
        provider.storage.put("../../etc/passwd", tmp_path)


def test_copies_share_bytes_within_the_store_and_not_with_jobs(scripts: Any, tmp_path: Path) -> None:
    storage = scripts.provider.storage
    tree = scripts.tree({"a": b"a"})
    script = "import os\nopen(os.path.join(os.environ['MLOPS_OUTPUT_DIR'], 'a'), 'w').write('b')\n"
    output = scripts.run(script).outputs["output"]
    for source, shared in ((tree, True), (output, False)):
        target = Uri(f"{source.replace('/jobs/', '/kept/')}-copy")
        for _ in range(2):
            storage.copy(source, target)
        original, copy = (storage.download(Uri(f"{uri}/a"), tmp_path) for uri in (source, target))
        assert original.samefile(copy) is shared
        assert original.read_bytes() == copy.read_bytes()
        assert [entry.uri.rsplit("/", 1)[1] for entry in storage.list(target)][-1] == "a"


def _put(home: str, file: str, digest: str) -> str:
    provider = create(ProviderSettings("local", "tests", home, {}))
    try:
        return provider.storage.put(digest, Path(file))
    finally:
        provider.close()


def test_processes_may_put_one_content_at_once(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 3_000_000)
    digest = sha256(file.read_bytes()).hexdigest()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.starmap(_put, [(str(home), str(file), digest)] * 8)
        pool.close()
        pool.join()
    assert len(set(found)) == 1
    assert [path.stat().st_size for path in (home / "store").rglob("*") if path.is_file()] == [3_000_000]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("dataset", "description = replace(description, '\"rows\": 1', '\"rows\": 2')"),
        ("dataset", "uri = 'local://store/elsewhere'"),
        ("model_version", "content = 'cd' || substr(content, 3)"),
        ("model_version", "approval = 'approved'"),
        ("model_alias", "version = 2"),
        ("decision", "reason = 'because'"),
        ("job", "request = '{}'"),
    ],
)
def test_a_row_that_was_changed_is_found(
    scripts: Any, provider: LocalProvider, home: Path, tmp_path: Path, table: str, change: str
) -> None:
    provider.datasets.create("kit", _dataset(tmp_path / "1", a=b"a"), _key("1"))
    version = _registered(provider, tmp_path)
    provider.models.annotate(version, alias="champion", decision=Decision("rejected", "ada", 1.0, "why"))
    job = scripts.run("pass")
    provider.close()
    with closing(sqlite3.connect(home / "local.db")) as connection, connection:
        assert connection.execute(f"UPDATE {table} SET {change}").rowcount == 1
    reads = {
        "dataset": lambda: provider.datasets.get("kit"),
        "model_version": lambda: provider.models.get("kit", 1),
        "model_alias": lambda: provider.models.resolve("kit", "champion"),
        "decision": lambda: provider.models.get("kit", 1),
        "job": lambda: provider.jobs.get(job.ref),
    }
    with pytest.raises(CorruptStateError, match=table):
        reads[table]()


def _registered(provider: LocalProvider, folder: Path) -> Any:
    bundle = provider.storage.put_tree(
        manifest_of(written(folder / "model-files", {"model/w": b"w"})), Uri(f"{provider.storage.root}/bundles/1")
    )
    return provider.models.register(bundle, ModelDescription("kit", "ab" * 32, {}, {}, "pending"), _key("m", "models"))


def test_decisions_lie_beside_the_version_as_files(provider: LocalProvider, home: Path, tmp_path: Path) -> None:
    version = _registered(provider, tmp_path)
    provider.models.annotate(version, decision=Decision("approved", "ada", 1.5, "good"))
    provider.storage.delete(Uri(f"{provider.storage.root}/models/kit/1/annotations/0001.json"))
    provider.models.annotate(version, decision=Decision("rejected", "bob", 2.5, "bad"))
    folder = home / "store/models/kit/1/annotations"
    assert [json.loads(path.read_text())["by"] for path in sorted(folder.iterdir())] == ["ada", "bob"]
    provider.models.delete(version)
    assert not folder.exists()
    assert provider.storage.list(version.uri)


def test_a_bundle_that_is_not_there_is_not_registered(provider: LocalProvider) -> None:
    uri = Uri(f"{provider.storage.root}/nothing")
    with pytest.raises(NotFoundError):
        provider.models.register(uri, ModelDescription("kit", "ab" * 32, {}, {}, "pending"), _key("m", "models"))
    assert list(provider.models.list()) == []


def test_a_retired_version_takes_no_alias(provider: LocalProvider, tmp_path: Path) -> None:
    version = _registered(provider, tmp_path)
    provider.models.retire(version)
    with pytest.raises(ConflictError):
        provider.models.annotate(version, alias="champion", stage="production")
    assert provider.models.get("kit", 1).stage == ""


def test_what_a_killed_writer_left_is_removed_by_a_later_one(
    provider: LocalProvider, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"one")
    provider.storage.put("ab" * 32, tmp_path / "file")
    folder = home / "store/objects/ab"
    for name, age in (("old", 7200), ("new", 0)):
        (folder / f".part-{name}").write_bytes(b"half")
        os.utime(folder / f".part-{name}", (time.time() - age, time.time() - age))
    provider.storage.put("ab" + "cd" * 31, tmp_path / "file")
    assert sorted(path.name for path in folder.glob(".part-*")) == [".part-new"]
