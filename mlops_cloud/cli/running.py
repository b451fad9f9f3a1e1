"""One run of a recipe from the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.cli.junit import JunitReport
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen
    from mlops_cloud.client import Client
    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.recipes.run import RunResult
    from mlops_cloud.recipes.unchanged import Stamp
    from mlops_cloud.services.session import Session


@dataclass(frozen=True, slots=True)
class Way:
    """How a command runs its recipes."""

    common: Common
    chosen: Chosen
    report: JunitReport
    parallel: int
    """Steps side by side; 0 is the number of processors."""
    follow: bool
    """Show the jobs' output."""
    yes: bool
    """Do not ask where it costs money."""
    again: str
    """The command line that does the same once more."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended, and what it looked at."""

    result: RunResult
    pages: dict[str, str]
    """Step -> its report as a file."""
    project: str
    watched: Sequence[str] | None
    looked_at: Mapping[Path, Stamp]


def run_one(way: Way, recipe: Recipe, *, row: str = "", ahead: Sequence[Recipe] = ()) -> Ran:
    """Run a recipe, tell its progress on stderr, and report its steps; an interrupted run is reported too.

    `ahead` are all the recipes of the command when this is the first: what they cost is asked once.
    """
    from mlops_cloud.cli import ending
    from mlops_cloud.cli.progress import progress
    from mlops_cloud.recipes.run import run_recipe

    with (
        progress(recipe, follow=way.follow) as listener,
        way.chosen.connect(way.common, recipe, listener=listener) as cloud,
    ):
        if ahead:
            _begin(way, cloud, ahead)
        try:
            result = run_recipe(cloud.session, recipe, parallel=way.parallel)
        except KeyboardInterrupt as exc:
            exc.add_note(f"running jobs were stopped; finished steps are kept: {way.again}")
            _report_interrupted(way.report, cloud, recipe, row)
            raise
        way.report.add(result.state, result.errors, row)
        pages = ending.pages(cloud, result.state)
        watched = cloud.provider.watched(cloud.session.places())
        return Ran(result, pages, cloud.session.project, watched, cloud.session.digests.looked_at)


def _begin(way: Way, cloud: Client, ahead: Sequence[Recipe]) -> None:
    if way.chosen.sample:
        from mlops_cloud.cli import rehearsing

        rehearsing.announce(cloud.session, ahead[0])
    if cloud.provider.info.bills and not way.yes:
        _agree_to_cost(replace(cloud.session, read_only=True), ahead)


def _agree_to_cost(session: Session, ahead: Sequence[Recipe]) -> None:
    from mlops_cloud.cli import planned
    from mlops_cloud.cli.confirmation import confirm
    from mlops_cloud.recipes.plan import plan

    plans = [made for recipe in ahead if (made := plan(session, recipe)).changes]
    for made in plans:
        planned.show(made, bills=True, err=True)
    if plans:
        confirm("Run it? It costs money" if len(ahead) == 1 else f"Run these {len(plans)}? It costs money", yes=False)


def _report_interrupted(report: JunitReport, cloud: Client, recipe: Recipe, row: str) -> None:
    state = next(cloud.session.journal.runs(recipe.name), None)
    if state is not None:
        report.add(state, {}, row)
