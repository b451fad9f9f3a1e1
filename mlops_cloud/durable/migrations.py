"""A database's schema, raised step by step from the version that its file carries."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, TypeAlias

from mlops_cloud.durable.files import sync_folder
from mlops_cloud.errors import InvalidSpecError, UnsupportedError
from mlops_cloud.safety.filesystem import disk_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# One entry for each version, each the statements that lead to it from the version before.
Schema: TypeAlias = "Sequence[tuple[str, ...]]"

_LOOSE = """
SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT GLOB 'sqlite_*'
"""


def migrate(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    """Bring the file to the schema's last version; one of a newer version is refused, one of an older backed up."""
    if _version(connection, path, schema) == len(schema):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, schema)
        if 0 < version < len(schema):
            _back_up_or_refuse(path, version)
        _raise(connection, schema, version)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path, schema: Schema) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(schema):
        raise UnsupportedError(
            f"{path} was written by a newer mlops-cloud",
            why=f"its schema has version {version}, this one knows {len(schema)}",
            fix="pip install --upgrade mlops-cloud",
        )
    return version


def _raise(connection: sqlite3.Connection, schema: Schema, version: int) -> None:
    for statements in schema[version:]:
        for statement in statements:
            connection.execute(statement)
    loose = [name for (name,) in connection.execute(_LOOSE)]
    if loose:
        raise InvalidSpecError(f"the tables {loose} are not STRICT", fix="end their CREATE TABLE with STRICT")
    connection.execute(f"PRAGMA user_version = {len(schema)}")


def _back_up_or_refuse(path: Path, version: int) -> None:
    try:
        _back_up(path, version)
    except OSError as exc:
        raise disk_error(exc, path, "make a backup of") from exc


def _back_up(path: Path, version: int) -> None:
    backup = path.with_name(f"{path.name}.v{version}.bak")
    temporary = backup.with_name(backup.name + ".part")
    os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    temporary.chmod(0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(temporary)) as target:
        source.backup(target)
    descriptor = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(backup)
    sync_folder(backup.parent)
