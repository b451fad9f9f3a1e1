"""What runs made, and how it is taken away again: models first, jobs last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlops_cloud.cli.step_jobs import job_of
from mlops_cloud.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops_cloud.client import Client
    from mlops_cloud.results.runs import RunState

_FAMILIES = ("model", "dataset", "tuning", "job")
_MADE = ("succeeded", "refused", "paused")


def recipe_name(name: str) -> str:
    """The name that stands in a recipe's file; any other text is a name itself."""
    if not name.endswith((".yaml", ".yml")):
        return name
    from pathlib import Path

    from mlops_cloud.safety.yaml import load_file

    data = load_file(Path(name)).data
    return str(data.get("recipe")) if isinstance(data, dict) else name


class Made(NamedTuple):
    """One thing, and the run that made it."""

    reference: str
    run: str


def runs_named(cloud: Client, name: str) -> list[RunState]:
    """One run, or all the runs of a recipe named by its name or its file; NotFoundError."""
    found = list(cloud.runs.list(recipe_name(name)))
    return found or [cloud.runs.get(recipe_name(name))]


def made_by(cloud: Client, runs: Sequence[RunState]) -> list[Made]:
    """What the runs made and is still there, in the order in which it can be deleted."""
    made = {reference: run.run for run in reversed(runs) for reference in _references(cloud, run)}
    things = [Made(reference, run) for reference, run in made.items() if _there(cloud, reference)]
    return sorted(things, key=lambda thing: _FAMILIES.index(_family(thing.reference)))


def delete(cloud: Client, things: Sequence[Made]) -> None:
    """Delete them; an alias that points at a model version goes with it."""
    for thing in things:
        family, (name, *version) = _family(thing.reference), _parts(thing.reference)
        if family == "dataset":
            cloud.datasets.delete(name, version[0])
        elif family == "job":
            cloud.processing.delete(name)
        elif family == "tuning":
            cloud.tuning.delete(name)
        else:
            _delete_model(cloud, thing.reference)


def _delete_model(cloud: Client, reference: str) -> None:
    version = cloud.models.named(reference)
    for alias in version.aliases:
        version = cloud.models.unalias(version, alias)
    cloud.models.delete(version)


def _references(cloud: Client, run: RunState) -> Iterator[str]:
    for name, step in run.steps.items():
        if step.made and step.status in _MADE:
            yield step.made
        elif step.status == "failed" and (job := job_of(cloud, run, name)):
            yield f"job://{job.name}"


def _there(cloud: Client, reference: str) -> bool:
    family, (name, *version) = _family(reference), _parts(reference)
    try:
        if family == "dataset":
            cloud.datasets.get(name, version[0])
        elif family == "job":
            cloud.processing.get(name)
        elif family == "tuning":
            cloud.tuning.get(name)
        else:
            cloud.models.named(reference)
    except NotFoundError:
        return False
    return True


def _family(reference: str) -> str:
    return reference.partition("://")[0]


def _parts(reference: str) -> list[str]:
    return reference.partition("://")[2].split("/")
