"""The job's archive: the same bytes for the same input, and nothing in it but what belongs there."""

from __future__ import annotations

import ast
import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import mlops_runtime
from mlops_cloud.bundle.archive import Archive, Entry, build_archive, own_package_archive, package_archive
from mlops_cloud.bundle.discovery import discover
from mlops_cloud.bundle.tarball import tar_gz
from mlops_cloud.errors import InvalidSpecError

FILES = {"train.py": "import lib\n", "lib.py": "x = 1\n", "run.sh": "#!/bin/sh\n"}


def built(root: Path, target: Path, *, files: dict[str, str] = FILES, newline: str = "\n") -> Archive:
    root.mkdir(parents=True)
    for name, text in files.items():
        (root / name).write_bytes(text.replace("\n", newline).encode())
    return build_archive(Entry("script", "train.py", {"t": "t.csv"}), discover("train.py", root, ["*.sh"]), target)


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    one = built(tmp_path / "one", tmp_path / "1.zip")
    before = os.umask(0o077)
    try:
        two = built(tmp_path / "deep/two", tmp_path / "2.zip", files=dict(reversed(FILES.items())), newline="\r\n")
    finally:
        os.umask(before)
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.digest == two.digest == hashlib.sha256(one.path.read_bytes()).hexdigest()
    assert one.size == one.path.stat().st_size


def test_another_process_with_another_hash_seed_and_zone_builds_the_same(tmp_path: Path) -> None:
    one = built(tmp_path / "one", tmp_path / "1.zip")
    text = (
        "import sys\nfrom pathlib import Path\nfrom mlops_cloud.bundle.archive import *\n"
        "from mlops_cloud.bundle.discovery import discover\nroot, target = map(Path, sys.argv[1:])\n"
        "code = discover('train.py', root, ['*.sh'])\n"
        "print(build_archive(Entry('script', 'train.py', {'t': 't.csv'}), code, target).digest)\n"
    )
    environ = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    found = subprocess.run(
        [sys.executable, "-c", text, tmp_path / "one", tmp_path / "2.zip"],
        env=environ, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    assert found.stdout.decode().strip() == one.digest


def test_every_input_changes_the_digest(tmp_path: Path) -> None:
    root = tmp_path / "root"
    first = built(root, tmp_path / "1.zip")
    code = discover("train.py", root, ["*.sh"])
    entries = [
        Entry("script", "train.py", {"t": "u.csv"}),
        Entry("script", "lib.py", {"t": "t.csv"}),
        Entry("command", "train.py", {"t": "t.csv"}),
        Entry("command", ["train.py"], {"t": "t.csv"}),
    ]
    digests = {build_archive(entry, code, tmp_path / "2.zip").digest for entry in entries}
    (root / "lib.py").write_text("x = 2\n")
    digests.add(build_archive(Entry("script", "train.py", {"t": "t.csv"}), code, tmp_path / "2.zip").digest)
    assert len(digests | {first.digest}) == 6


def test_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(built(tmp_path / "one", tmp_path / "1.zip").path) as archive:
        names = archive.namelist()
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
    assert names == sorted(names)
    assert {name for name in names if name.startswith("code/")} == {"code/lib.py", "code/run.sh", "code/train.py"}
    assert {name.split("/")[0] for name in names} == {
        "__main__.py",
        "code",
        "entry.json",
        "mlops_cloud",
        "mlops_runtime",
    }
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "", "a/../b", "a\0b", "."])
def test_outputs_outside_the_output_folder_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidSpecError, match=r"outputs\.table"):
        build_archive(Entry("command", "x", {"table": path}), None, tmp_path / "x.zip")


def test_the_tar_form_is_the_same_everywhere_and_starts_the_job(tmp_path: Path) -> None:
    text = "import os\nopen(os.environ['MLOPS_OUTPUT_DIR'] + '/t.csv', 'w').close()\nprint('ran')\n"
    archive = built(tmp_path / "one", tmp_path / "1.zip", files={**FILES, "train.py": text})
    one, two = tar_gz(archive, tmp_path / "1.tar.gz"), tar_gz(archive, tmp_path / "2.tar.gz")
    assert one.digest == two.digest == hashlib.sha256(one.path.read_bytes()).hexdigest()
    gzip.decompress(one.path.read_bytes())  # its checksum and length hold
    with tarfile.open(one.path) as source:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.mode) for m in source} == {(0, 0, 0, "", 0o644)}
        source.extractall(tmp_path / "unpacked", filter="data")
    with zipfile.ZipFile(archive.path) as source:
        for name in source.namelist():
            if not name.endswith("/"):
                assert (tmp_path / "unpacked" / name).read_bytes() == source.read(name)
    environ = {"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(tmp_path / "none"), "AZUREML_RUN_ID": "r"}
    environ["TMPDIR"] = str(tmp_path)
    found = subprocess.run(
        [sys.executable, "unpacked/__main__.py"],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stdout) == (0, b"ran\n"), found.stderr


def test_a_package_archive_holds_what_was_chosen(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    for name in ("__init__.py", "a/__init__.py", "a/data.json", "ab.py", "__pycache__/x.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    archive = package_archive(package, "other", tmp_path / "p.zip", only=("__init__.py", "a"))
    with zipfile.ZipFile(archive.path) as source:
        assert source.namelist() == ["other/__init__.py", "other/a/__init__.py", "other/a/data.json"]
    assert archive.digest == package_archive(package, "other", tmp_path / "q.zip", only=("__init__.py", "a")).digest


def test_our_own_package_is_the_same_every_time(tmp_path: Path) -> None:
    assert own_package_archive(tmp_path / "1.zip").digest == own_package_archive(tmp_path / "2.zip").digest


def test_the_shim_is_python_3_8() -> None:
    for path in Path(mlops_runtime.__file__).parent.rglob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_the_shim_loads_few_modules_before_its_script(tmp_path: Path) -> None:
    archive = built(tmp_path / "one", tmp_path / "1.zip")
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", archive.path],
        env={"SAGEMAKER_BASE_DIR": "/none", "MLOPS_JOB_FILE": "/none"}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in found.stderr.decode().splitlines() if "import time" in line}
    assert "mlops_runtime.process" in loaded
    assert not loaded & {
        "typing",
        "subprocess",
        "zipfile",
        "dataclasses",
        "inspect",
        "pathlib",
        "tempfile",
        "threading",
    }
