"""Names: what is declared is accepted, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.data import Column, TableDescription
from mlops_cloud.results.endpoints import EndpointState
from mlops_cloud.results.models import ModelDescription
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud.specs.monitor import Monitor
from mlops_cloud.testing import trees
from mlops_cloud.testing.conformance.base import matches
from mlops_cloud.testing.conformance.jobs_base import JobsBase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.provider.base import Naming, Provider
    from mlops_cloud.testing.conformance.jobs_base import Prepare

_HOSTILE = (
    "", "..", "a/../b", "a/b", "nul\0byte", "x" * 300, "-first", ".first", "UPPER", "ä", "a b", "a\nb", "a\u202eb",
    "CON/..", "a\\b", "%2e%2e",
)  # fmt: skip
_LETTER = "a"


class NamingConformance(JobsBase):
    """Outside callers and policies depend on the names users choose."""

    schedule: ClassVar[str] = "0 * * * *"
    """A schedule that monitors take."""

    def test_every_family_declares_its_names(self, provider: Provider) -> None:
        there = {name for name in ("datasets", "jobs", "models", "endpoints", "monitors") if getattr(provider, name)}
        assert set(provider.info.naming) == there

    def test_a_pattern_and_its_lengths_agree(self, provider: Provider) -> None:
        for kind, naming in provider.info.naming.items():
            assert 1 <= naming.shortest <= naming.longest, kind
            assert naming.scope, kind
            for length in (naming.shortest, naming.longest):
                assert matches(naming.pattern, _LETTER * length), f"{kind}: {length} letters"
            assert not matches(naming.pattern, _LETTER * (naming.longest + 1)), kind
            assert not any(matches(naming.pattern, name) for name in _HOSTILE if not name.isascii() or "/" in name), (
                kind
            )

    def test_what_is_declared_is_accepted(self, provider: Provider, prepare: Prepare, tmp_path: Path) -> None:
        for kind, create in self.creators(provider, prepare, tmp_path).items():
            naming = provider.info.naming[kind]
            for length in {naming.shortest, naming.longest}:
                create(_LETTER * length)

    def test_everything_else_is_refused(self, provider: Provider, prepare: Prepare, tmp_path: Path) -> None:
        for kind, create in self.creators(provider, prepare, tmp_path).items():
            naming = provider.info.naming[kind]
            for name in self.refused(naming):
                with pytest.raises(InvalidSpecError):
                    create(name)
        assert list(provider.owned()) == []

    def refused(self, naming: Naming) -> list[str]:
        """Names outside the pattern."""
        tried = [*_HOSTILE, _LETTER * (naming.longest + 1), _LETTER * (naming.shortest - 1)]
        return [name for name in tried if not matches(naming.pattern, name)]

    def creators(self, provider: Provider, prepare: Prepare, folder: Path) -> dict[str, Callable[[str], object]]:
        """Kind -> what creates one thing of a name that users choose; jobs get generated names."""
        manifest = trees.manifest_of(trees.written(folder / "files", {"all/t.csv": b"x\n1\n"}), _TABLE)
        bundle = self.stored(provider, folder, {"model/weights.json": b"[]"})
        found: dict[str, Callable[[str], object]] = {}
        if provider.datasets:
            datasets = provider.datasets
            found["datasets"] = lambda name: datasets.create(name, manifest, self.key("datasets", "kit"))
        if provider.models:
            models = provider.models
            found["models"] = lambda name: models.register(
                bundle, ModelDescription(name, "ab" * 32, {}, {}, "approved"), self.key("models", "kit")
            )
        if provider.endpoints:
            endpoints = provider.endpoints
            found["endpoints"] = lambda name: endpoints.apply(
                EndpointState(name, ()), self.key("endpoints", "kit"), None
            )
        if provider.monitors:
            monitors = provider.monitors
            job, context = prepare("pass")
            assert isinstance(job, ProcessingJob)
            found["monitors"] = lambda name: monitors.create(
                Monitor(name=name, endpoint="e", baseline="b", schedule=self.schedule),
                job,
                context,
                self.key("monitors", "kit"),
            )
        return found


_TABLE = TableDescription(1, (Column("x", "integer"),))
