"""The stub with one fault planted, and without it: the fault, and the test of the kit that must see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from mlops_cloud_stub.cloud import cloud_at
from mlops_cloud_stub.provider import NO_ENGINE, create

from mlops_cloud.errors import NotFoundError
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.provider.capabilities import Capabilities, Feature, Support
from mlops_cloud.results.jobs import FailureCause
from mlops_cloud.testing.conformance.capabilities import CapabilitiesConformance
from mlops_cloud.testing.conformance.datasets import DatasetsConformance
from mlops_cloud.testing.conformance.endpoints import EndpointsConformance
from mlops_cloud.testing.conformance.jobs import JobsConformance
from mlops_cloud.testing.conformance.models import ModelsConformance
from mlops_cloud.testing.conformance.monitors import MonitorsConformance
from mlops_cloud.testing.conformance.naming import NamingConformance
from mlops_cloud.testing.conformance.requests import RequestsConformance
from mlops_cloud.testing.conformance.storage import StorageConformance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.results.jobs import Job, LogPage
    from mlops_cloud.results.models import ModelVersion
    from mlops_cloud.results.requests import NativeRequest

Breaks = Any


def replaced(family: str, verb: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Breaks:
    """A fault that puts something else in the place of one method."""

    def plant(provider: Provider) -> None:
        thing = getattr(provider, family) if family else provider
        setattr(thing, verb, change(getattr(thing, verb)))

    return plant


def answered(family: str, verb: str, change: Callable[[Any], Any]) -> Breaks:
    """A fault that changes what one method answers."""
    return replaced(family, verb, lambda real: lambda *given, **named: change(real(*given, **named)))


def silent(family: str, verb: str) -> Breaks:
    """A fault that makes one method do nothing."""
    return replaced(family, verb, lambda _real: lambda *_given, **_named: None)


def declared(feature: Feature, support: Support) -> Breaks:
    """A fault in what is declared."""

    def plant(provider: Provider) -> None:
        provider.capabilities = Capabilities({**provider.capabilities, feature: support})

    return plant


def forgetful(real: Callable[..., Any]) -> Callable[..., Any]:
    """Get that does not know what is not there."""

    def get(*given: Any) -> Any:
        try:
            return real(*given)
        except NotFoundError:
            return None

    return get


class Broken:
    plant: ClassVar[Breaks]
    native: ClassVar = {"machine": "large"}
    lacking: ClassVar = {Feature.TUNING: NO_ENGINE, Feature.BATCH_PREDICTION: NO_ENGINE}

    @pytest.fixture
    def settings(self, tmp_path: Path) -> ProviderSettings:
        return ProviderSettings("stub", "conformance", str(tmp_path / "cloud"), {"secrets": ("KIT_SECRET",)})

    @pytest.fixture
    def provider(self, settings: ProviderSettings, tmp_path: Path) -> Iterator[Provider]:
        provider = create(settings)
        type(self).plant(provider)
        yield provider
        cloud_at(tmp_path / "cloud").close()

    @pytest.fixture
    def another(self, provider: Provider) -> Callable[[], Provider]:
        return lambda: provider

    @pytest.fixture
    def pass_time(self, tmp_path: Path) -> Callable[[float], None]:
        return cloud_at(tmp_path / "cloud").advance

    @pytest.fixture
    def sent(self, tmp_path: Path) -> Callable[[], Any]:
        return lambda: cloud_at(tmp_path / "cloud").sent


def job(**changes: Any) -> Breaks:
    """A fault in what is said of a job."""
    return answered("jobs", "get", lambda seen: replace(seen, **changes))


def other_cause(seen: Job) -> Job:
    """The job, with another cause of its failure."""
    return replace(seen, failure=seen.failure and replace(seen.failure, cause=FailureCause.LOST))


def first_line_lost(page: LogPage) -> LogPage:
    """The page without its first line."""
    return replace(page, lines=page.lines[1:])


def forgets_the_checkpoint(real: Callable[..., Any]) -> Callable[..., Any]:
    """Submit that gives each job a new place for its checkpoints."""
    return lambda spec, context: real(spec, replace(context, checkpoint=context.checkpoint and f"{context.code}-c"))


def last_decision(version: ModelVersion) -> ModelVersion:
    """The version, with only the last decision about it."""
    return replace(version, decisions=version.decisions[-1:])


def one_checkpoint_for_all(real: Callable[..., Any]) -> Callable[..., Any]:
    """Submit that gives all jobs one place for their checkpoints."""
    return lambda spec, context: real(spec, replace(context, checkpoint="stub://bucket/kit/one"))


def any_name(real: Callable[..., Any]) -> Callable[..., Any]:
    """Create that mends a name instead of refusing it."""
    return lambda name, *given: real("".join(letter for letter in name if letter.isalnum())[:63] or "x", *given)


def without_specs(made: list[NativeRequest]) -> list[NativeRequest]:
    """The requests, as if nobody had asked for a machine."""
    return [replace(one, body={**one.body, "machine": ""}) for one in made]


PLANTED: list[tuple[Breaks, type, str]] = [
    (answered("storage", "create", lambda _: True), StorageConformance, "create_writes_only_once"),
    (answered("storage", "list", lambda found: reversed(list(found))), StorageConformance, "list_is_sorted_with_sizes"),
    (silent("storage", "delete"), StorageConformance, "delete_leaves_nothing_and_can_be_repeated"),
    (silent("datasets", "find"), DatasetsConformance, "same_key_same_version"),
    (silent("datasets", "delete"), DatasetsConformance, "delete_takes_one_version"),
    (replaced("jobs", "get", forgetful), JobsConformance, "what_is_not_there"),
    (job(outputs={"half": "x"}), JobsConformance, "a_script_that_raises"),
    (answered("jobs", "get", other_cause), JobsConformance, "a_declared_output_that_is_missing"),
    (replaced("jobs", "submit", forgets_the_checkpoint), JobsConformance,
     "the_next_attempt_finds_what_the_last_had_saved"),
    (replaced("jobs", "submit", one_checkpoint_for_all), JobsConformance, "places_are_apart"),
    (replaced("jobs", "submit", one_checkpoint_for_all), JobsConformance, "a_job_without_a_place_begins_anew"),
    (job(metrics=()), JobsConformance, "metrics_are_exact_after_the_end"),
    (job(key=""), JobsConformance, "submit_returns_at_once_and_the_job_runs"),
    (answered("jobs", "logs", first_line_lost), JobsConformance, "pages_make_the_whole_log"),
    (answered("jobs", "list", lambda refs: reversed(list(refs))), JobsConformance, "listed_newest_first"),
    (answered("models", "annotate", last_decision), ModelsConformance, "decisions_are_appended"),
    (silent("models", "delete"), ModelsConformance, "deleted"),
    (answered("endpoints", "apply", lambda endpoint: replace(endpoint, failure="")), EndpointsConformance,
     "a_bundle_that_cannot_be_loaded_leaves_the_old_serving"),
    (answered("endpoints", "predict", lambda answer: replace(answer, deployment="")), EndpointsConformance,
     "apply_until_converged"),
    (answered("", "requests", lambda made: made[:-1]), EndpointsConformance, "what_is_sent_is_what_was_compiled"),
    (answered("", "requests", lambda made: [replace(one, needs=()) for one in made]), EndpointsConformance,
     "what_is_sent_is_what_was_compiled"),
    (answered("", "requests", without_specs), EndpointsConformance, "what_a_deployment_is_asked_for_is_compiled"),
    (answered("", "requests", lambda made: [replace(made[0], operation="schedules.make")]), MonitorsConformance,
     "what_is_sent_is_what_was_compiled"),
    (answered("monitors", "get", lambda seen: replace(seen, paused=False)), MonitorsConformance, "paused_and_resumed"),
    (answered("monitors", "get", lambda seen: replace(seen, next_run=1.0)), MonitorsConformance,
     "runs_by_its_schedule"),
    (silent("monitors", "pause"), MonitorsConformance, "paused_and_resumed"),
    (silent("monitors", "delete"), MonitorsConformance, "deleted_twice"),
    (declared(Feature.SPOT, Support.full()), CapabilitiesConformance, "check_agrees_with_what_is_declared[SPOT]"),
    (declared(Feature.TUNING, Support.full()), CapabilitiesConformance, "rows_that_are_lacking_are_listed"),
    (declared(Feature.DATASETS, Support.never("no")), CapabilitiesConformance, "a_family_that_is_there_is_declared"),
    (answered("", "requests", lambda made: made * 2), RequestsConformance, "what_is_sent_is_what_was_compiled"),
    (answered("", "requests", lambda made: [replace(made[0], needs=("arn:x",))]), RequestsConformance,
     "placeholders_stand_in_the_body"),
    (replaced("datasets", "create", any_name), NamingConformance, "everything_else_is_refused"),
]  # fmt: skip

for number, (fault, family, _) in enumerate(PLANTED):
    for name, plant in ((f"TestBroken{number}", fault), (f"TestSound{number}", lambda _provider: None)):
        knobs = {"plant": staticmethod(plant), "deadline": 3.0, "__module__": __name__}
        globals()[name] = type(name, (Broken, family), knobs)
del name, plant, family, fault, knobs
