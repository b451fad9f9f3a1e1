"""`mlops-cloud run`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options
from mlops_cloud.cli.recipe_options import recipe_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen
    from mlops_cloud.cli.running import Way
    from mlops_cloud.recipes.unchanged import Trail


def _writable(context: click.Context, parameter: click.Parameter, text: str | None) -> Path | None:
    if text is None:
        return None
    from mlops_cloud.cli.junit import writable_path

    try:
        return writable_path(text)
    except OSError as exc:
        raise click.BadParameter(f"{text} cannot be written: {exc.strerror}", context, parameter) from exc


@click.command("run")
@common_options
@recipe_options
@click.option(
    "--parallel", type=click.IntRange(1, 256), help="Steps that run side by side; the number of CPUs by default."
)
@click.option("--yes", is_flag=True, help="Do not ask, also where it costs money.")
@click.option("-f", "--follow", is_flag=True, help="Show the jobs' output while they run.")
@click.option(
    "--each", metavar="CSV", type=click.Path(), help="Run once for each row of a CSV file whose columns are vars."
)
@click.option("--fail-fast", is_flag=True, help="With --each: start no other row once one has failed.")
@click.option(
    "--junit", metavar="XML", type=click.Path(), callback=_writable, help="Write the steps as JUnit XML, for CI."
)
def command(
    common: Common,
    chosen: Chosen,
    *,
    parallel: int | None,
    yes: bool,
    follow: bool,
    each: str | None,
    fail_fast: bool,
    junit: Path | None,
) -> int:
    """Run a recipe; run it again and it goes on from where it stood.

    Steps of the same code, data and settings are not run twice. Progress goes to stderr. With --sample it is a
    rehearsal: a missed gate is told and ends nothing.
    """
    if fail_fast and not each:
        raise click.UsageError("--fail-fast is about the rows of --each")
    trail = chosen.trail(common)
    known = None if each or junit else trail.answer()
    if known is not None:
        from mlops_cloud.cli import ending

        ending.show_unchanged(common, *known, rehearsed=bool(chosen.sample))
        return 0
    from mlops_cloud.cli.junit import JunitReport
    from mlops_cloud.cli.running import Way

    with JunitReport(junit, chosen.path) as report:
        again = chosen.again(common, each=each or "")
        way = Way(common, chosen, report, parallel or 0, follow, yes, again)
        if each:
            from mlops_cloud.cli.each import run_each

            return run_each(way, Path(each), fail_fast=fail_fast)
        return _run(way, trail)


def _run(way: Way, trail: Trail) -> int:
    from mlops_cloud.cli import ending
    from mlops_cloud.cli.running import run_one
    from mlops_cloud.recipes.unchanged import ReadVariables

    variables = ReadVariables(os.environ)
    trail.begin(*map(os.path.abspath, (way.chosen.path, *way.chosen.vars_files)))
    recipe = way.chosen.load(way.common, variables)
    ran = run_one(way, recipe, ahead=[recipe])
    if ran.result.state.status == "succeeded" and ran.watched is not None:
        trail.write(ran.result.state, ran.pages, ran.looked_at, ran.watched, variables.read)
    ending.show(way.common, ran.result, ran.pages, way.chosen.next_commands(way.common, ran.project))
    return ran.result.exit_code
