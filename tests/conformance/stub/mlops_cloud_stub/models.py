"""Models: the cloud's registry, whose documents hold what it has no fields for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import ConflictError, NotFoundError
from mlops_cloud.provider.models import Models
from mlops_cloud.results.models import Decision, ModelVersion
from mlops_cloud.safety.names import check_name
from mlops_cloud_stub.faults import CloudError, translated
from mlops_cloud_stub.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.results.models import ModelDescription
    from mlops_cloud_stub.cloud import Cloud
    from mlops_cloud_stub.keeping_side import Kept
    from mlops_cloud_stub.storage import StubStorage


class StubModels(Models):
    """Versions are the cloud's numbers; changes are compare-and-set, tried again when somebody was quicker."""

    def __init__(self, cloud: Cloud, storage: StubStorage, project: str) -> None:
        self._cloud = cloud
        self._labels = Labels(storage, project, "models")

    def register(self, bundle: Uri, description: ModelDescription, key: Key) -> ModelVersion:
        """The next version, unless this key made one."""
        check_name(description.name, "model")
        return self._labels.once(key, lambda: self.find(key), lambda: self._add(bundle, description, key))

    def get(self, name: str, version: int) -> ModelVersion:
        """One version."""
        return _version(*self._kept(name, version))

    def resolve(self, name: str, alias: str) -> ModelVersion:
        """The version an alias points at."""
        with translated():
            native_id = self._cloud.models.pointed(name, alias)
        return next(_version(kept, aliases) for kept, aliases in self._cloud.models.all() if kept.id == native_id)

    def find(self, key: Key) -> ModelVersion | None:
        """The version whose document has the key."""
        return next((version for version in self.list() if version.key == key.digest), None)

    def list(self, name: str = "") -> Iterator[ModelVersion]:
        """All versions, newest first."""
        for kept, aliases in reversed(self._cloud.models.all()):
            if name in ("", kept.name):
                yield _version(kept, aliases)

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
        """The document is changed as it is now, not as `version` remembers it."""

        def changed(document: dict[str, Any]) -> dict[str, Any]:
            result = {**document, "tags": {**document["tags"], **(tags or {})}}
            if decision is not None:
                decisions = [*document["decisions"], asdict(decision)]
                result |= {"decisions": decisions, "approval": decision.approval}
            return result if stage is None else result | {"stage": stage}

        self._change(version, changed)
        native_id = self._kept(version.name, version.version)[0].id
        with translated():
            if alias is not None:
                self._cloud.models.point(alias, native_id)
            if drop_alias is not None:
                self._cloud.models.unpoint(drop_alias, native_id)
        return self.get(version.name, version.version)

    def retire(self, version: ModelVersion) -> ModelVersion:
        """Mark it, unless an alias points at it."""
        if self.get(version.name, version.version).aliases:
            raise ConflictError(f"an alias points at {version.reference()}", provider="stub")
        return self._change(version, lambda document: document | {"retired": True})

    def restore(self, version: ModelVersion) -> ModelVersion:
        """Take the mark off."""
        return self._change(version, lambda document: document | {"retired": False})

    def delete(self, version: ModelVersion) -> None:
        """Remove it from the registry; the bundle stays where it was."""
        try:
            native_id = self._kept(version.name, version.version)[0].id
        except NotFoundError:
            return
        with translated():
            self._cloud.models.delete(native_id)

    def _add(self, bundle: Uri, description: ModelDescription, key: Key) -> ModelVersion:
        document = {
            "uri": bundle, "digest": description.digest, "approval": description.approval, "tags": description.tags,
            "description": description.description, "lineage": description.lineage,
            "evaluation": description.evaluation, "decisions": [],
            "stage": "", "retired": False, "created": self._cloud.now(), "key": key.digest,
        }  # fmt: skip
        return _version(self._cloud.models.add(description.name, document), ())

    def _kept(self, name: str, version: int) -> tuple[Kept, tuple[str, ...]]:
        for kept, aliases in self._cloud.models.all():
            if (kept.name, kept.number) == (name, version):
                return kept, aliases
        raise NotFoundError(f"no model {name}:{version}", provider="stub")

    def _change(self, version: ModelVersion, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> ModelVersion:
        while True:
            kept, _ = self._kept(version.name, version.version)
            try:
                self._cloud.models.update(kept.id, changed(kept.document), kept.generation)
            except CloudError as exc:
                if exc.code == "Changed":
                    continue
                raise
            return self.get(version.name, version.version)


def _version(kept: Kept, aliases: tuple[str, ...]) -> ModelVersion:
    document = dict(kept.document)
    decisions = tuple(Decision(**decision) for decision in document.pop("decisions"))
    return ModelVersion(name=kept.name, version=kept.number, aliases=aliases, decisions=decisions, **document)
