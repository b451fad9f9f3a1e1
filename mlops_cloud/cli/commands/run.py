"""`mlops-cloud run`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options
from mlops_cloud.cli.recipe_options import recipe_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen
    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.recipes.unchanged import Trail


@click.command("run")
@common_options
@recipe_options
@click.option(
    "--parallel", type=click.IntRange(1, 256), help="Steps that run side by side; the number of CPUs by default."
)
@click.option("--yes", is_flag=True, help="Do not ask, also where it costs money.")
@click.option("-f", "--follow", is_flag=True, help="Show the jobs' output while they run.")
def command(common: Common, chosen: Chosen, *, parallel: int | None, yes: bool, follow: bool) -> int:
    """Run a recipe; run it again and it goes on from where it stood.

    Steps of the same code, data and settings are not run twice. Progress goes to stderr.
    """
    from mlops_cloud.cli import ending

    trail = chosen.trail(common)
    known = trail.answer()
    if known is not None:
        ending.show_unchanged(common, *known, rehearsed=bool(chosen.sample))
        return 0
    return _run(common, chosen, trail, parallel=parallel or 0, yes=yes, follow=follow)


def _run(common: Common, chosen: Chosen, trail: Trail, *, parallel: int, yes: bool, follow: bool) -> int:
    from mlops_cloud.cli import ending, rehearsing
    from mlops_cloud.cli.progress import progress
    from mlops_cloud.recipes.run import run_recipe
    from mlops_cloud.recipes.unchanged import ReadVariables

    variables = ReadVariables(os.environ)
    trail.begin(*map(os.path.abspath, (chosen.path, *chosen.vars_files)))
    recipe = chosen.load(common, variables)
    with (
        progress(recipe, follow=follow) as listener,
        chosen.connect(common, recipe, listener=listener) as cloud,
    ):
        if chosen.sample:
            rehearsing.announce(cloud.session, recipe)
        if cloud.provider.info.bills and not yes:
            _agree_to_cost(common, chosen, recipe)
        try:
            result = run_recipe(cloud.session, recipe, parallel=parallel)
        except KeyboardInterrupt as exc:
            exc.add_note(f"running jobs were stopped; finished steps are kept: {chosen.again(common)}")
            raise
        pages = ending.pages(cloud, result.state)
        watched = cloud.provider.watched(cloud.session.places())
        looked_at = cloud.session.digests.looked_at
        project = cloud.session.project
    if result.state.status == "succeeded" and watched is not None:
        trail.write(result.state, pages, looked_at, watched, variables.read)
    ending.show(common, result, pages, chosen.next_commands(common, project))
    return result.exit_code


def _agree_to_cost(common: Common, chosen: Chosen, recipe: Recipe) -> None:
    from mlops_cloud.cli import planned
    from mlops_cloud.cli.confirmation import confirm
    from mlops_cloud.recipes.plan import plan

    with chosen.connect(common, recipe, read_only=True) as cloud:
        made = plan(cloud.session, recipe)
    if made.changes:
        planned.show(made, bills=True, err=True)
        confirm("Run it? It costs money", yes=False)
