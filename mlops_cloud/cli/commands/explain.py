"""`mlops-cloud explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options
from mlops_cloud.cli.recipe_options import recipe_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen


@click.command("explain")
@click.argument("step")
@common_options
@recipe_options
def command(common: Common, chosen: Chosen, *, step: str) -> None:
    """Show what decides a step's result, and what changed in it.

    The code files that were found, the other parts of its key, and which part differs from the last run.
    """
    from mlops_cloud.cli.answers import answer_one
    from mlops_cloud.cli.explanation import explain, lines

    recipe = chosen.load(common)
    with chosen.connect(common, recipe, read_only=True) as cloud:
        explained = explain(cloud.session, recipe, step)
    answer_one(common.output, explained, lines(explained), step)
