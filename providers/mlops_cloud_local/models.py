"""The registry: versions count up by name, aliases move in one step, decisions are only ever added."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import canonical_json
from mlops_cloud.errors import ConflictError, NotFoundError
from mlops_cloud.provider.models import Models
from mlops_cloud.results.identity import Uri
from mlops_cloud.results.models import ModelVersion
from mlops_cloud.safety.names import check_name, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops_cloud.results.identity import Key
    from mlops_cloud.results.models import Decision, ModelDescription
    from mlops_cloud_local.model_table import ModelTable
    from mlops_cloud_local.storage import LocalStorage


class LocalModels(Models):
    """Rows about bundles that lie in the store; every decision lies there too, as a file of its own."""

    def __init__(self, storage: LocalStorage, table: ModelTable) -> None:
        self._storage = storage
        self._table = table

    def register(self, bundle: Uri, description: ModelDescription, key: Key) -> ModelVersion:
        """Make the next version of a name; a second register with the same key returns the first."""
        check_name(description.name, "model")
        if next(self._storage.list(bundle), None) is None:
            raise NotFoundError(f"there is no bundle at {shown(bundle, 200)}", provider="local")
        with self._table.database.transaction():
            found = self.find(key)
            if found is None:
                number = self._table.next_number(description.name)
                found = _new(number, bundle, description, key)
                self._table.write(found)
        return found

    def get(self, name: str, version: int) -> ModelVersion:
        """One version; NotFoundError."""
        found = self._table.one(name, version)
        if found is None:
            raise NotFoundError(f"{shown(name)} has no version {version}", fix="list its versions", provider="local")
        return found

    def resolve(self, name: str, alias: str) -> ModelVersion:
        """The version an alias points at; NotFoundError."""
        with self._table.database.transaction():
            version = self._table.aliased(name, alias)
            if version is None:
                raise NotFoundError(f"{shown(name)} has no alias {shown(alias)}", provider="local")
            return self.get(name, version)

    def find(self, key: Key) -> ModelVersion | None:
        """The version that a register with this key made, if any."""
        return next(iter(self._table.versions("WHERE key = ?", key.digest)), None)

    def list(self, name: str = "") -> Iterator[ModelVersion]:
        """All versions, newest first; of one model when named."""
        if name:
            yield from self._table.versions("WHERE name = ? ORDER BY version DESC", name)
        else:
            yield from self._table.versions("ORDER BY created DESC, version DESC")

    def annotate(
        self,
        version: ModelVersion,
        *,
        alias: str | None = None,
        drop_alias: str | None = None,
        decision: Decision | None = None,
        stage: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Change what stands beside a version; all of it, or nothing."""
        with self._changing(version) as now:
            if alias is not None:
                self._point(now, alias)
            if drop_alias is not None:
                self._table.unpoint(now.name, drop_alias, now.version)
            if decision is not None:
                self._table.decide(now.name, now.version, decision)
            if stage is not None or tags is not None:
                changed = replace(now, stage=now.stage if stage is None else stage, tags={**now.tags, **(tags or {})})
                self._table.write(changed)
        annotated = self.get(version.name, version.version)
        self._write_decisions(annotated)
        return annotated

    def retire(self, version: ModelVersion) -> ModelVersion:
        """Take a version out of use and keep it; ConflictError while an alias points at it."""
        with self._changing(version) as now:
            _refuse_aliased(now)
            self._table.write(replace(now, retired=True))
        return self.get(version.name, version.version)

    def restore(self, version: ModelVersion) -> ModelVersion:
        """Take a retired version back into use."""
        with self._changing(version) as now:
            self._table.write(replace(now, retired=False))
        return self.get(version.name, version.version)

    def delete(self, version: ModelVersion) -> None:
        """Remove a version; its bundle stays in the store, since the job that made it refers to it."""
        with self._table.database.transaction():
            now = self._table.one(version.name, version.version)
            if now is None:
                return
            _refuse_aliased(now)
            self._table.remove(now.name, now.version)
        self._storage.delete(self._folder(version))

    @contextmanager
    def _changing(self, version: ModelVersion) -> Iterator[ModelVersion]:
        """The version as it is now, while nobody else changes it."""
        with self._table.database.transaction():
            yield self.get(version.name, version.version)

    def _point(self, version: ModelVersion, alias: str) -> None:
        check_name(alias, "alias")
        if version.retired:
            raise ConflictError(f"{version.name}:{version.version} is retired", fix="restore it first")
        self._table.point(version.name, alias, version.version)

    def _write_decisions(self, version: ModelVersion) -> None:
        # All of them: one whose process died before this line is written by the next decision's.
        for number, decision in enumerate(version.decisions, 1):
            uri = Uri(f"{self._folder(version)}/annotations/{number:04}.json")
            self._storage.create(uri, canonical_json(asdict(decision)))

    def _folder(self, version: ModelVersion) -> Uri:
        return Uri(f"{self._storage.root}/models/{version.name}/{version.version}")


def _new(number: int, bundle: Uri, description: ModelDescription, key: Key) -> ModelVersion:
    return ModelVersion(
        name=description.name,
        version=number,
        digest=description.digest,
        uri=bundle,
        approval=description.approval,
        tags=dict(description.tags),
        description=description.description,
        lineage=description.lineage,
        evaluation=description.evaluation,
        created=time.time(),
        key=key.digest,
    )


def _refuse_aliased(version: ModelVersion) -> None:
    if version.aliases:
        names = ", ".join(version.aliases)
        raise ConflictError(f"{version.name}:{version.version} is {names}", fix="move or drop the alias first")
