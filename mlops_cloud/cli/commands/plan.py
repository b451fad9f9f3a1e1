"""`mlops-cloud plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options
from mlops_cloud.cli.recipe_options import recipe_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen


@click.command("plan")
@common_options
@recipe_options
@click.option("--requests", is_flag=True, help="Show the native requests too; -o json always does.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 5 when a run would make something.")
def command(common: Common, chosen: Chosen, *, requests: bool, detailed_exitcode: bool) -> int:
    """Show what a run would do, and why; nothing is created.

    Needs neither the provider's SDK nor credentials. --requests shows what a run would send.
    """
    from mlops_cloud.cli import planned
    from mlops_cloud.cli.answers import document
    from mlops_cloud.errors import ExitCode
    from mlops_cloud.recipes.plan import plan

    recipe = chosen.load(common)
    with chosen.connect(common, recipe, read_only=True) as cloud:
        made = plan(cloud.session, recipe)
        bills = cloud.provider.info.bills
    if common.output == "table":
        planned.show(made, bills=bills, requests=requests)
    elif common.output == "name":
        planned.show_names(made)
    else:
        document(common.output, made)
    if made.refused:
        return ExitCode.INVALID
    return ExitCode.CHANGES if made.changes and detailed_exitcode else ExitCode.DONE
