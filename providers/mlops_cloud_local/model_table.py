"""Model versions, their aliases and what was decided about them, as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.identity import Uri
from mlops_cloud.results.models import Decision, ModelVersion

if TYPE_CHECKING:
    from mlops_cloud.durable.database import Database
    from mlops_cloud.durable.rows import Value
    from mlops_cloud_local.tables import Tables

_ONE = "WHERE name = ? AND version = ?"


class ModelTable:
    """Reads and writes inside whatever transaction is open."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @property
    def database(self) -> Database:
        """Where the rows are."""
        return self._tables.database

    def versions(self, where: str, *parameters: str | int) -> list[ModelVersion]:
        """The versions that a clause selects."""
        return [self._version(row) for row in self._tables.select("model_version", "name", where, parameters)]

    def one(self, name: str, version: int) -> ModelVersion | None:
        """A version, if it is there."""
        return next(iter(self.versions(_ONE, name, version)), None)

    def aliased(self, name: str, alias: str) -> int | None:
        """The version that an alias points at."""
        rows = self._tables.select("model_alias", "alias", "WHERE name = ? AND alias = ?", (name, alias))
        return int(str(rows[0]["version"])) if rows else None

    def next_number(self, name: str) -> int:
        """A number that this name never had."""
        rows = self._tables.select("model", "name", "WHERE name = ?", (name,))
        number = int(str(rows[0]["last"])) + 1 if rows else 1
        self.database.insert("model", {"name": name, "last": number}, replace=True)
        return number

    def write(self, version: ModelVersion) -> None:
        """Write the version's own row: all but its aliases and decisions."""
        row: dict[str, Value] = {
            "name": version.name,
            "version": version.version,
            "key": version.key,
            "content": version.digest,
            "uri": version.uri,
            "created": version.created,
            "approval": version.approval,
            "stage": version.stage,
            "tags": json.dumps(version.tags),
            "description": version.description,
            "lineage": json.dumps(version.lineage),
            "evaluation": json.dumps(version.evaluation),
            "retired": int(version.retired),
        }
        self.database.insert("model_version", row, replace=True)

    def point(self, name: str, alias: str, version: int) -> None:
        """Let an alias point at a version, wherever it pointed before."""
        self.database.insert("model_alias", {"name": name, "alias": alias, "version": version}, replace=True)

    def unpoint(self, name: str, alias: str, version: int) -> None:
        """Remove an alias that points at this version."""
        self.database.execute(f"DELETE FROM model_alias {_ONE} AND alias = ?", (name, version, alias))  # noqa: S608

    def decide(self, name: str, version: int, decision: Decision) -> None:
        """Append a decision."""
        row: dict[str, Value] = {
            "name": name,
            "version": version,
            "number": len(self._decisions(name, version)) + 1,
            "approval": decision.approval,
            "author": decision.by,
            "at": decision.at,
            "reason": decision.reason,
        }
        self.database.insert("decision", row)

    def remove(self, name: str, version: int) -> None:
        """Remove a version and its decisions; its number stays taken."""
        for table in ("model_version", "decision"):
            self.database.execute(f"DELETE FROM {table} {_ONE}", (name, version))  # noqa: S608 - both names stand here

    def _version(self, row: dict[str, Any]) -> ModelVersion:
        decisions = self._decisions(row["name"], row["version"])
        aliases = self._tables.select("model_alias", "alias", f"{_ONE} ORDER BY alias", (row["name"], row["version"]))
        return ModelVersion(
            name=row["name"],
            version=row["version"],
            digest=row["content"],
            uri=Uri(row["uri"]),
            approval=decisions[-1].approval if decisions else row["approval"],
            aliases=tuple(str(alias["alias"]) for alias in aliases),
            stage=row["stage"],
            tags=json.loads(row["tags"]),
            description=row["description"],
            lineage=json.loads(row["lineage"]),
            evaluation=json.loads(row["evaluation"]),
            decisions=decisions,
            created=row["created"],
            key=row["key"],
            retired=bool(row["retired"]),
        )

    def _decisions(self, name: str, version: int) -> tuple[Decision, ...]:
        rows: list[dict[str, Any]] = self._tables.select(
            "decision", "number", f"{_ONE} ORDER BY number", (name, version)
        )
        return tuple(Decision(row["approval"], row["author"], row["at"], row["reason"]) for row in rows)
