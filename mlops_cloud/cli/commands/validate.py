"""`mlops-cloud validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options
from mlops_cloud.cli.recipe_options import recipe_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen


@click.command("validate")
@common_options
@recipe_options
def command(common: Common, chosen: Chosen) -> int:
    """Check a recipe; nothing is created.

    Every problem is named by file, line and column. What the provider of the profile cannot do is named too.
    """
    from mlops_cloud.cli.answers import answer_one
    from mlops_cloud.errors import ExitCode
    from mlops_cloud.recipes.advice import advice
    from mlops_cloud.recipes.plan import plan

    recipe = chosen.load(common)
    with chosen.connect(common, recipe, read_only=True) as cloud:
        steps = plan(cloud.session, recipe).steps
    refused = [step for step in steps if step.action == "refused"]
    for line in advice(recipe):
        click.echo(f"{chosen.path}: advice: {line}", err=True)
    for step in steps:
        for line in step.advice:
            click.echo(f"{chosen.path}: advice: steps.{step.name}: {line}", err=True)
    for step in refused:
        click.echo(f"{chosen.path}: steps.{step.name}: {step.reason}", err=True)
    answer = {"recipe": recipe.name, "steps": list(recipe.order), "valid": not refused}
    answer_one(common.output, answer, {"recipe": recipe.name, "steps": ", ".join(recipe.order)}, recipe.name)
    return ExitCode.INVALID if refused else ExitCode.DONE
