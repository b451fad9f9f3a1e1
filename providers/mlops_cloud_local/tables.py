"""The tables of the provider's database; every row carries its digest."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from mlops_cloud.durable.database import open_database
from mlops_cloud.durable.files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.durable.database import Database
    from mlops_cloud.durable.migrations import Schema
    from mlops_cloud.durable.rows import Value
    from mlops_cloud_local.addresses import Home

_JOB = """
CREATE TABLE job (
  name TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created REAL NOT NULL, state TEXT NOT NULL,
  request TEXT NOT NULL, digest TEXT NOT NULL
) STRICT
"""
_DATASET = """
CREATE TABLE dataset (
  name TEXT NOT NULL, version TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, uri TEXT NOT NULL,
  created REAL NOT NULL, files TEXT NOT NULL, description TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT
"""
_DATASET_KEY = """
CREATE TABLE dataset_key (
  key TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL
) STRICT
"""
_MODEL = "CREATE TABLE model (name TEXT PRIMARY KEY, last INTEGER NOT NULL, digest TEXT NOT NULL) STRICT"
_MODEL_VERSION = """
CREATE TABLE model_version (
  name TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, content TEXT NOT NULL, uri TEXT NOT NULL,
  created REAL NOT NULL, approval TEXT NOT NULL, stage TEXT NOT NULL, tags TEXT NOT NULL, description TEXT NOT NULL,
  lineage TEXT NOT NULL, evaluation TEXT NOT NULL, retired INTEGER NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT
"""
_MODEL_ALIAS = """
CREATE TABLE model_alias (
  name TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, alias)
) STRICT
"""
_DECISION = """
CREATE TABLE decision (
  name TEXT NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL, approval TEXT NOT NULL, author TEXT NOT NULL,
  at REAL NOT NULL, reason TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, version, number)
) STRICT
"""
_SCHEMA: Schema = ((_JOB, _DATASET, _DATASET_KEY, _MODEL, _MODEL_VERSION, _MODEL_ALIAS, _DECISION),)


class Tables:
    """The database, opened (and made) by its first use, so that a plan writes nothing."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = Lock()
        self._open: Database | None = None

    @property
    def database(self) -> Database:
        """The open database."""
        with self._lock:
            if self._open is None:
                make_private_folder(self._home.folder)
                self._open = open_database(self._home.database, _SCHEMA)
            return self._open

    def select(self, table: str, key: str, where: str = "", parameters: Sequence[Value] = ()) -> list[dict[str, Value]]:
        """Rows, each verified; none from a database that is not made yet: reading makes nothing."""
        if self._open is None and not self._home.database.exists():
            return []
        return self.database.select(table, key, where, parameters)

    def close(self) -> None:
        """Close it; the next use opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None
