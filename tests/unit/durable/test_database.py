from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.durable.database import Database, open_database
from mlops_cloud.durable.rows import row_digest
from mlops_cloud.errors import (
    AlreadyExistsError,
    ConflictError,
    CorruptStateError,
    InvalidSpecError,
    MlopsCloudError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP = "CREATE TABLE step (key TEXT PRIMARY KEY, size REAL, body BLOB, count INTEGER, digest TEXT NOT NULL) STRICT"
SCHEMA = ((STEP,),)
NEWER = (*SCHEMA, ("ALTER TABLE step ADD COLUMN note TEXT", "CREATE TABLE other (a INTEGER) STRICT"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with open_database(path, SCHEMA, busy_timeout=0.2) as opened:
        yield opened


def insert_together(database: Database, *keys: str) -> None:
    with database.transaction():
        for key in keys:
            database.insert("step", {"key": key})


def keys(database: Database) -> list[object]:
    return [row["key"] for row in database.select("step", "key", "ORDER BY key")]


def test_rows_come_back_as_they_went(database: Database) -> None:
    row = {"key": "é\0a", "size": 1, "body": b"\0\xff", "count": True}
    database.insert("step", row)
    database.insert("step", {"key": "b", "size": -0.5})
    assert database.select("step", "key", "WHERE key = ?", ("é\0a",)) == [row]
    assert database.select("step", "key", "WHERE size < 0") == [{"key": "b", "size": -0.5, "body": None, "count": None}]
    with pytest.raises(AlreadyExistsError, match=r"state\.db has that row already"):
        database.insert("step", {"key": "b"})
    database.insert("step", {"key": "b", "size": 2.0}, replace=True)
    assert database.select("step", "key", "WHERE key = 'b'")[0]["size"] == 2.0


def test_commits_survive_a_power_loss_and_links_are_checked(database: Database) -> None:
    assert database.execute("PRAGMA synchronous") == [(2,)]
    assert database.execute("PRAGMA journal_mode") == [("wal",)]
    assert database.execute("PRAGMA foreign_keys") == [(1,)]


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(AlreadyExistsError):
        insert_together(database, "a", "a")
    assert keys(database) == []
    with database.transaction():
        database.insert("step", {"key": "a"})
        with database.transaction():
            database.insert("step", {"key": "b"})
    assert keys(database) == ["a", "b"]


def test_threads_take_turns(database: Database) -> None:
    def add(name: str) -> None:
        for number in range(20):
            with database.transaction():
                database.insert("step", {"key": f"{name}{number}"})
                database.insert("step", {"key": f"{name}{number}x"})

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys(database)) == 160


@pytest.mark.parametrize("umask", [0, 0o777])
def test_no_file_of_a_database_can_be_read_by_others(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with open_database(path, SCHEMA) as database:
            database.insert("step", {"key": "a"})
            modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"state.db": 0o600, "state.db-shm": 0o600, "state.db-wal": 0o600}


def test_an_older_file_is_backed_up_and_raised(path: Path) -> None:
    with open_database(path, SCHEMA) as database:
        database.insert("step", {"key": "a", "size": 3})
    with open_database(path, NEWER) as database:
        database.insert("step", {"key": "b", "note": "n"})
        assert keys(database) == ["a", "b"]
        assert database.execute("PRAGMA user_version") == [(2,)]
    backup = path.with_name("state.db.v1.bak")
    assert backup.stat().st_mode & 0o777 == 0o600
    with open_database(backup, SCHEMA) as old:
        assert keys(old) == ["a"]


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    open_database(path, NEWER).close()
    before = path.read_bytes()
    with pytest.raises(UnsupportedError, match="newer mlops-cloud") as caught:
        open_database(path, SCHEMA)
    assert caught.value.why == "its schema has version 2, this one knows 1"
    assert path.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    with open_database(path, SCHEMA) as database:
        database.insert("step", {"key": "a"})
    broken = (*SCHEMA, ("CREATE TABLE other (a INTEGER) STRICT", "CREATE TABLE step (a INTEGER) STRICT"))
    with pytest.raises(MlopsCloudError, match="refused a statement"):
        open_database(path, broken)
    with pytest.raises(InvalidSpecError, match="not STRICT"):
        open_database(path, (*SCHEMA, ("CREATE TABLE loose (a)",)))
    with open_database(path, SCHEMA) as database:
        assert keys(database) == ["a"]
        assert database.execute("SELECT name FROM sqlite_schema WHERE name IN ('other', 'loose')") == []


def test_a_changed_row_is_named(path: Path, database: Database) -> None:
    database.insert("step", {"key": "a", "size": 1.5, "count": 7})
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE step SET count = 6")
        other.commit()
    with pytest.raises(
        CorruptStateError, match=r"the row 'a' of the table 'step' in .*state\.db is not what was written"
    ):
        database.select("step", "key")


def test_digests_tell_rows_apart() -> None:
    rows = [{"a": 1}, {"a": "1"}, {"a": b"1"}, {"a": 1.5}, {"b": 1}, {"a": "1", "b": "2"}, {"a": "1\0b\0text\x002"}, {}]
    digests = [row_digest("step", row) for row in rows] + [row_digest("other", rows[0])]
    assert len(set(digests)) == len(digests)
    assert row_digest("step", {"b": 2, "a": 1, "c": None}) == row_digest("step", {"a": 1.0, "b": 2})


@pytest.mark.parametrize(
    "row", [{"key": "a", "count": 2**63}, {"key": "\ud800"}, {"key": "a", "size": float("nan")}, {"key'--": 1}]
)
def test_a_value_that_cannot_be_kept_exactly_is_refused(database: Database, row: dict[str, object]) -> None:
    with pytest.raises(InvalidSpecError):
        database.insert("step", row)  # type: ignore[arg-type]
    assert keys(database) == []


def test_every_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    good = tmp_path / "good.db"
    with open_database(good, SCHEMA) as database, database.transaction():
        for number in range(60):
            database.insert("step", {"key": f"k{number}", "size": number / 7, "body": b"x" * 300, "count": number})
    with open_database(good, SCHEMA) as database:
        expected = database.select("step", "key", "ORDER BY key")
    content = good.read_bytes()
    chance = random.Random(7)
    found = 0
    for _ in range(100):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path = tmp_path / "bad.db"
        path.write_bytes(damaged)
        try:
            with open_database(path, SCHEMA, busy_timeout=0) as database:
                assert database.select("step", "key", "ORDER BY key") == expected
        except MlopsCloudError:
            found += 1
        for leftover in tmp_path.glob("bad.db*"):
            leftover.unlink()
    assert found > 50


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(CorruptStateError, match=r"state\.db is not a database"):
        open_database(path, SCHEMA)


def test_a_place_that_cannot_hold_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_database(tmp_path / "missing" / "a.db", SCHEMA)
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(PermissionDeniedError, match=r"link\.db"):
        open_database(tmp_path / "link.db", SCHEMA)
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(MlopsCloudError):
        open_database(tmp_path / "folder.db", SCHEMA)
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_writer_that_waits_too_long_says_so(path: Path, database: Database) -> None:
    with open_database(path, SCHEMA, busy_timeout=0.1) as other, database.transaction():
        with pytest.raises(ConflictError, match="in use by another process"), other.transaction():
            pass
        assert keys(other) == []
    database.close()
    database.close()
    with pytest.raises(MlopsCloudError):
        database.execute("SELECT 1")


OPENER = """
import sys
from pathlib import Path
from mlops_cloud.durable.database import open_database
sys.stdin.read(1)
with open_database(Path(sys.argv[1]), ((sys.argv[2],),)) as database:
    for number in range(20):
        database.insert("step", {"key": f"{sys.argv[3]}-{number}"})
"""


def test_processes_may_open_a_new_database_at_once(path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", OPENER, path, STEP, str(n)], stdin=subprocess.PIPE) for n in range(4)
    ]
    for child in children:
        assert child.stdin
        child.stdin.write(b"x")
        child.stdin.flush()
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0] * 4
    with open_database(path, SCHEMA) as database:
        assert len(keys(database)) == 80


WRITER = """
import sys
from pathlib import Path
from mlops_cloud.durable.database import open_database
with open_database(Path(sys.argv[1]), ((sys.argv[2],),)) as database:
    number = len(database.select("step", "key")) // 2
    while True:
        with database.transaction():
            database.insert("step", {"key": f"{number}-first"})
            database.insert("step", {"key": f"{number}-second"})
        number += 1
        print(number, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    for round_ in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, path, STEP], stdout=subprocess.PIPE) as child:
            assert child.stdout
            lines = [child.stdout.readline() for _ in range(3 + 5 * round_)]
            child.send_signal(signal.SIGKILL)
            acknowledged = int((lines + child.stdout.read().split())[-1])
        with open_database(path, SCHEMA) as database:
            written = keys(database)
        assert len(written) in {2 * acknowledged, 2 * acknowledged + 2}


FILLER = """
import sys
from pathlib import Path
from mlops_cloud.durable.database import open_database
from mlops_cloud.durable.files import write_atomic
from mlops_cloud.errors import QuotaExceededError
folder = Path(sys.argv[1])
number = 0
with open_database(folder / "state.db", ((sys.argv[2],),)) as database:
    write_atomic(folder / "file", b"old")
    try:
        while True:
            database.insert("step", {"key": str(number), "body": b"x" * 4000})
            number += 1
    except QuotaExceededError as exc:
        print(exc.what)
    assert len(database.select("step", "key")) == number > 10
    try:
        write_atomic(folder / "file", b"x" * 1000000)
    except QuotaExceededError as exc:
        print(exc.what)
    assert (folder / "file").read_bytes() == b"old"
    assert not list(folder.glob(".part-*"))
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare, of Linux")
def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    mounted = f'mount -t tmpfs -o size=512k tmpfs {tmp_path} || exit 77; exec "$@"'
    command = ["unshare", "-r", "-m", "sh", "-c", mounted, "sh", sys.executable, "-c", FILLER, str(tmp_path), STEP]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip("this computer allows no mounts of one's own")
    assert done.stderr == ""
    assert done.stdout == f"{tmp_path}/state.db the disk is full\ncannot write 1000000 bytes to {tmp_path}/file\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_can_read_is_narrowed(path: Path, database: Database) -> None:
    database.close()
    path.chmod(0o644)
    open_database(path, SCHEMA).close()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_unsynced_is_whole_and_changes_nothing_for_others(path: Path, durable: bool) -> None:
    with open_database(path, SCHEMA, durable=durable) as database, open_database(path, SCHEMA) as other:
        before = database.execute("PRAGMA synchronous")
        with database.unsynced():
            database.insert("step", {"key": "a"})
            database.insert("step", {"key": "b"})
        with pytest.raises(AlreadyExistsError), database.unsynced():
            [database.insert("step", {"key": key}) for key in "ca"]
        assert sorted(row["key"] for row in other.select("step", "key")) == ["a", "b"]  # type: ignore[type-var]
        assert database.execute("PRAGMA synchronous") == before
