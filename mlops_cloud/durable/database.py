"""SQLite as this project keeps state in it: durable at each commit, private, versioned, every row verified."""

from __future__ import annotations

import errno
import re
import sqlite3
import time
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import PRIVATE_FILE, create_exclusive
from mlops_cloud.durable.migrations import Schema, migrate
from mlops_cloud.durable.rows import DIGEST_COLUMN, Value, check_row, row_digest
from mlops_cloud.durable.sqlite_errors import translated
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
BUSY_TIMEOUT = 30.0


class Database:
    """An open database; its threads take turns, and so do its processes."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._turn = RLock()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._turn, translated(self.path):
            self._connection.close()

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Do the block's statements at once, but let a power loss undo them: for what only tells how far things are."""
        with self._turn:
            [(before,)] = self.execute("PRAGMA synchronous")
            self.execute("PRAGMA synchronous = NORMAL")
            try:
                with self.transaction():
                    yield
            finally:
                self.execute(f"PRAGMA synchronous = {before!r}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block's statements or none; no other process writes meanwhile. Blocks may be nested."""
        with self._turn:
            if self._connection.in_transaction:
                yield
                return
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run one statement and give all its rows, unverified; `select` verifies."""
        with self._turn, translated(self.path):
            return self._connection.execute(statement, parameters).fetchall()

    def insert(self, table: str, values: Mapping[str, Value], *, replace: bool = False) -> None:
        """Write a row with its digest; AlreadyExistsError if its key is there and `replace` is not asked for."""
        row = {**values, DIGEST_COLUMN: row_digest(table, values)}
        verb = "INSERT OR REPLACE" if replace else "INSERT"
        columns = ", ".join(map(_quoted, row))
        places = ", ".join("?" * len(row))
        self.execute(f"{verb} INTO {_quoted(table)} ({columns}) VALUES ({places})", [*row.values()])

    def select(self, table: str, key: str, where: str = "", parameters: Sequence[Value] = ()) -> list[dict[str, Value]]:
        """Read whole rows and verify each; `where` follows the table's name, `key` is the column to call them by."""
        with self._turn, translated(self.path):
            # The clause stands in our code; values come as parameters.
            statement = f"SELECT * FROM {_quoted(table)} {where}"  # noqa: S608
            cursor = self._connection.execute(statement, parameters)
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        for row in rows:
            check_row(self.path, table, key, row)
            del row[DIGEST_COLUMN]
        return rows

    def _roll_back(self) -> None:
        # After a full disk or an I/O error SQLite has rolled back by itself.
        if self._connection.in_transaction:
            self.execute("ROLLBACK")


def open_database(path: Path, schema: Schema, *, busy_timeout: float = BUSY_TIMEOUT, durable: bool = True) -> Database:
    """Open or make a database of the schema's last version, waiting `busy_timeout` seconds for other processes.

    Without `durable` a power loss may undo the last commits, though never half of one: for caches only.
    """
    _make_private(path)
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            _prepare(connection, busy_timeout, durable)
            migrate(connection, path, schema)
        except BaseException:
            connection.close()
            raise
    return Database(path, connection)


def _make_private(path: Path) -> None:
    # SQLite gives its -wal and -shm files the rights of this one. The file itself is never opened here: closing it
    # would take away the locks of this process's other connections (sqlite.org/howtocorrupt.html, 2.2).
    if not path.exists():
        create_exclusive(path, b"")
    try:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link")
        if path.stat().st_mode & 0o777 != PRIVATE_FILE:
            path.chmod(PRIVATE_FILE)
    except OSError as exc:
        raise disk_error(exc, path, "open the database") from exc


def _prepare(connection: sqlite3.Connection, busy_timeout: float, durable: bool) -> None:
    _use_wal(connection, time.monotonic() + busy_timeout)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")


def _use_wal(connection: sqlite3.Connection, deadline: float) -> None:
    # Two processes that open a new file at once: this one pragma does not wait by itself.
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _quoted(identifier: str) -> str:
    if not _IDENTIFIER.fullmatch(identifier):
        raise InvalidSpecError(f"{identifier[:80]!r} is not the name of a table or column")
    return f'"{identifier}"'
