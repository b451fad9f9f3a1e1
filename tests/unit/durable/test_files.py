from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.durable.files import (
    create_exclusive,
    free_space_check,
    make_private_folder,
    read_json,
    remove_abandoned,
    write_atomic,
)
from mlops_cloud.errors import (
    CorruptStateError,
    MlopsCloudError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("no_umask")
def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"1")
    assert create_exclusive(tmp_path / "b", b"1")
    write_atomic(tmp_path / "c", b"1", 0o644)
    assert [mode(tmp_path / name) for name in "abc"] == [0o600, 0o600, 0o644]
    os.umask(0o777)
    write_atomic(tmp_path / "d", b"1")
    folder = make_private_folder(tmp_path / "e" / "f")
    assert [mode(tmp_path / "d"), mode(folder), mode(folder.parent)] == [0o600, 0o700, 0o700]


def test_writing_replaces_the_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"long content")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_of_many_creators_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "a"
    code = (
        "import sys; from pathlib import Path; from mlops_cloud.durable.files import create_exclusive\n"
        "sys.stdin.read(1); print(create_exclusive(Path(sys.argv[1]), sys.argv[2].encode() * 1000))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, path, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for n in range(4)
    ]
    answers = [child.communicate(b"x")[0] for child in children]
    assert sorted(answers) == [b"False\n"] * 3 + [b"True\n"]
    assert path.read_bytes() == str(answers.index(b"True\n")).encode() * 1000
    assert names(tmp_path) == ["a"]


WRITER = """
import sys
from pathlib import Path
from mlops_cloud.durable.files import write_atomic
n = 0
while True:
    n += 1
    write_atomic(Path(sys.argv[1]), str(n).encode() * 20000)
    print(n, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for round_ in range(8):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as child:
            assert child.stdout
            acknowledged = int(child.stdout.readline())
            time.sleep(0.003 * round_)
            child.send_signal(signal.SIGKILL)
            acknowledged = int((child.stdout.read().split() or [acknowledged])[-1])
        content = path.read_bytes()
        found = {number for number in (acknowledged, acknowledged + 1) if content == str(number).encode() * 20000}
        assert found
    removed = remove_abandoned(tmp_path, time.time() + 7200)
    assert removed <= 8
    assert names(tmp_path) == ["state"]


def test_only_old_leftovers_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".part-1-ab").write_bytes(b"being written")
    assert remove_abandoned(tmp_path, time.time()) == 0
    assert remove_abandoned(tmp_path, time.time() + 3601) == 1


CAPPED = """
import os, resource, sys
from pathlib import Path
from mlops_cloud.durable.files import create_exclusive, write_atomic
from mlops_cloud.errors import QuotaExceededError
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for write in (write_atomic, create_exclusive):
    try:
        write(Path(sys.argv[1]), b"x" * 6000)
    except QuotaExceededError as exc:
        print(exc.what)
"""


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", CAPPED, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"cannot write 6000 bytes to {path}\ncannot create 6000 bytes at {path}\n"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_missing_folder_and_a_folder_in_the_way_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="missing/a"):
        write_atomic(tmp_path / "missing" / "a", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MlopsCloudError, match=r"cannot write 1 bytes to .*folder"):
        write_atomic(tmp_path / "folder", b"x")
    assert names(tmp_path) == ["folder"]


def test_json_that_is_absent_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(NotFoundError):
        read_json(path)
    for content in (b"{", b"\xff", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(CorruptStateError, match=r"a\.json"):
            read_json(path)
    path.write_bytes(b'{"a": [1]}')
    assert read_json(path) == {"a": [1]}


def test_a_wide_folder_is_narrowed_and_a_link_refused(tmp_path: Path) -> None:
    folder = tmp_path / "wide"
    folder.mkdir()
    folder.chmod(0o777)
    make_private_folder(folder)
    assert mode(folder) == 0o700
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    for name in ("link", "dangling", "file"):
        with pytest.raises(PermissionDeniedError, match=f"{name} cannot hold private state"):
            make_private_folder(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(PermissionDeniedError, match="belongs to user 12345"):
        make_private_folder(folder)


def test_the_room_on_the_disk_is_checked_before_writing(tmp_path: Path) -> None:
    free_space_check(tmp_path / "not" / "made", 1)
    with pytest.raises(QuotaExceededError, match=f"{2**62} bytes do not fit at .*made"):
        free_space_check(tmp_path / "not" / "made", 2**62)


def test_importing_files_loads_nothing_heavy() -> None:
    heavy = ["sqlite3", "asyncio", "tempfile", "shutil", "json", "pathlib", "dataclasses", "subprocess", "logging"]
    code = f"import sys, mlops_cloud.durable.files; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=_root(), check=True)
    assert done.stdout == "[]\n"


def _root() -> Path:
    return Path(__file__).parents[3]


def test_a_writer_that_finishes_meanwhile_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".part-1-a").touch()
    listed = os.scandir

    @contextmanager
    def finished_after_the_list(folder: Path) -> Iterator[list[os.DirEntry[str]]]:
        with listed(folder) as entries:
            found = list(entries)
        (tmp_path / ".part-1-a").unlink()
        yield found

    monkeypatch.setattr(os, "scandir", finished_after_the_list)
    assert remove_abandoned(tmp_path, 1e12) == 0
