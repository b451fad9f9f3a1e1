"""Models: versions count up, aliases move at once, decisions stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import ConflictError, NotFoundError, UnsupportedError
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.models import Decision, ModelDescription
from mlops_cloud.testing.conformance.base import Conformance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.models import Models
    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.results.models import ModelVersion

_BUNDLE = {"model/weights.json": b"[1, 2]", "requirements.lock": b"", "signature.json": b"{}"}
_MOVES = 40


class ModelsConformance(Conformance):
    """The registry's rules."""

    @pytest.fixture
    def models(self, provider: Provider) -> Models:
        """The family under test."""
        assert provider.models is not None, "declare it as lacking, and leave this class out"
        return provider.models

    @pytest.fixture
    def bundle(self, provider: Provider, tmp_path: Path) -> Uri:
        """A stored bundle."""
        return self.stored(provider, tmp_path, _BUNDLE, "bundle")

    def description(self, name: str = "kit-model") -> ModelDescription:
        """What the service records beside a bundle."""
        lineage = {"dataset": "dataset://kit-table/0123456789abcdef", "parameters": {"depth": 4}}
        evaluation = {"metrics": {"auc": {"value": 0.9123456789012345}}}
        return ModelDescription(name, "ab" * 32, lineage, evaluation, "pending", "for the kit", {"team": "crm"})

    def registered(self, models: Models, bundle: Uri, name: str = "kit-model", key: Key | None = None) -> ModelVersion:
        """One version more."""
        return models.register(bundle, self.description(name), key or self.key("models", name))

    def test_a_version_says_what_was_registered(self, models: Models, bundle: Uri) -> None:
        key = self.key("models", "kit-model")
        version = self.registered(models, bundle, key=key)
        wanted = self.description()
        assert (version.name, version.version, version.digest) == ("kit-model", 1, wanted.digest)
        assert (version.approval, version.description, version.tags) == ("pending", "for the kit", {"team": "crm"})
        assert (version.lineage, version.evaluation) == (wanted.lineage, wanted.evaluation)
        assert (version.aliases, version.retired, version.key) == ((), False, key.digest)
        assert version.created > 0
        assert models.get("kit-model", 1) == version

    def test_the_bundle_is_read_from_the_version(self, provider: Provider, models: Models, bundle: Uri) -> None:
        version = self.registered(models, bundle)
        assert set(self.names_below(provider, version.uri)) >= set(_BUNDLE)

    def test_versions_count_up_by_name(self, models: Models, bundle: Uri) -> None:
        assert [self.registered(models, bundle).version for _ in range(3)] == [1, 2, 3]
        assert self.registered(models, bundle, "kit-other").version == 1

    def test_same_key_same_version(self, models: Models, bundle: Uri, another: Callable[[], Provider]) -> None:
        key = self.key("models", "kit-model")
        first = self.registered(models, bundle, key=key)
        assert self.registered(models, bundle, key=key) == first
        other = another()
        try:
            assert other.models is not None
            assert self.registered(other.models, bundle, key=key) == first
            assert other.models.find(key) == first
        finally:
            other.close()
        assert list(models.list("kit-model")) == [first]

    def test_many_threads_count_without_gaps(self, models: Models, bundle: Uri) -> None:
        same = self.key("models", "kit-model")
        keys = [same, same, same, *(self.key("models", "kit-model") for _ in range(3))]
        with ThreadPoolExecutor(len(keys)) as pool:
            made = list(pool.map(lambda key: self.registered(models, bundle, key=key), keys))
        assert len({version.version for version in made[:3]}) == 1
        assert sorted(version.version for version in models.list("kit-model")) == [1, 2, 3, 4]

    def test_listed_newest_first(self, models: Models, bundle: Uri) -> None:
        first, second = self.registered(models, bundle), self.registered(models, bundle)
        other = self.registered(models, bundle, "kit-other")
        assert list(models.list("kit-model")) == [second, first]
        assert list(models.list()) == [other, second, first]

    def test_what_is_not_there(self, models: Models, bundle: Uri) -> None:
        version = self.registered(models, bundle)
        with pytest.raises(NotFoundError):
            models.get("kit-nothing", 1)
        with pytest.raises(NotFoundError):
            models.get("kit-model", version.version + 1)
        with pytest.raises(NotFoundError):
            models.resolve("kit-model", "champion")
        assert models.find(self.key("models", "kit-model", "never made")) is None
        assert list(models.list("kit-nothing")) == []

    def test_an_alias_points_at_one_version(self, models: Models, bundle: Uri) -> None:
        first, second = self.registered(models, bundle), self.registered(models, bundle)
        assert models.annotate(first, alias="champion").aliases == ("champion",)
        assert models.resolve("kit-model", "champion").version == 1
        assert models.annotate(second, alias="champion").aliases == ("champion",)
        assert models.resolve("kit-model", "champion").version == 2
        assert models.get("kit-model", 1).aliases == ()
        assert models.annotate(second, drop_alias="champion").aliases == ()
        with pytest.raises(NotFoundError):
            models.resolve("kit-model", "champion")

    def test_an_alias_moves_in_one_step(self, models: Models, bundle: Uri) -> None:
        versions = [self.registered(models, bundle) for _ in range(2)]
        models.annotate(versions[0], alias="champion")

        def move(number: int) -> int:
            models.annotate(versions[number % 2], alias="champion")
            # A moment without the alias would raise NotFoundError here.
            return models.resolve("kit-model", "champion").version

        with ThreadPoolExecutor(4) as pool:
            seen = set(pool.map(move, range(_MOVES)))
        assert seen <= {1, 2}
        assert sum("champion" in version.aliases for version in models.list("kit-model")) == 1

    def test_aliases_of_other_models_stay(self, models: Models, bundle: Uri) -> None:
        models.annotate(self.registered(models, bundle), alias="champion")
        models.annotate(self.registered(models, bundle, "kit-other"), alias="champion")
        assert models.resolve("kit-model", "champion").name == "kit-model"
        assert models.resolve("kit-other", "champion").name == "kit-other"

    def test_decisions_are_appended(self, models: Models, bundle: Uri) -> None:
        version = self.registered(models, bundle)
        yes = Decision("approved", "ada", 1_700_000_000.0, "good on every slice")
        no = Decision("rejected", "bob", 1_700_000_001.5, "drifted")
        assert models.annotate(version, decision=yes).approval == "approved"
        # `version` is what was read before the first decision: what it says must not come back.
        decided = models.annotate(version, decision=no)
        assert (decided.approval, decided.decisions) == ("rejected", (yes, no))
        assert models.get("kit-model", 1) == decided

    def test_tags_are_merged_and_the_stage_is_set(self, models: Models, bundle: Uri) -> None:
        version = models.annotate(self.registered(models, bundle), tags={"cost": "low"}, stage="staging")
        assert (version.tags, version.stage) == ({"team": "crm", "cost": "low"}, "staging")
        again = models.annotate(version, tags={"cost": "high"})
        assert (again.tags, again.stage) == ({"team": "crm", "cost": "high"}, "staging")

    def test_nothing_that_is_not_there_is_annotated(self, models: Models, bundle: Uri) -> None:
        version = self.registered(models, bundle)
        models.delete(version)
        with pytest.raises(NotFoundError):
            models.annotate(version, alias="champion")
        for verb in (models.retire, models.restore):
            with pytest.raises((NotFoundError, UnsupportedError)):
                verb(version)

    def test_retired_and_restored(self, provider: Provider, models: Models, bundle: Uri) -> None:
        version = self.registered(models, bundle)
        if not provider.capabilities[Feature.RETIRE].usable:
            with pytest.raises(UnsupportedError):
                models.retire(version)
            return
        models.annotate(version, alias="champion")
        with pytest.raises(ConflictError):
            models.retire(version)
        models.annotate(version, drop_alias="champion")
        assert models.retire(version).retired
        assert models.get("kit-model", 1).retired
        assert not models.restore(version).retired

    def test_deleted(self, models: Models, bundle: Uri) -> None:
        key = self.key("models", "kit-model")
        kept, gone = self.registered(models, bundle), self.registered(models, bundle, key=key)
        models.annotate(gone, alias="champion")
        with pytest.raises(ConflictError):
            models.delete(gone)
        models.annotate(gone, drop_alias="champion")
        for _ in range(2):
            models.delete(gone)
        with pytest.raises(NotFoundError):
            models.get("kit-model", gone.version)
        assert models.find(key) is None
        assert list(models.list("kit-model")) == [kept]
        assert self.registered(models, bundle).version == 3, "a number is never given twice"

    def test_ours_are_owned(self, provider: Provider, models: Models, bundle: Uri) -> None:
        self.registered(models, bundle)
        assert ("models", "kit-model") in {(ref.family, ref.name) for ref in provider.owned()}
