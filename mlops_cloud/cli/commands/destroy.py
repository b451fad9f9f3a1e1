"""`mlops-cloud destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.command("destroy")
@common_options
@click.argument("name", metavar="RUN|RECIPE")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(common: Common, name: str, *, yes: bool) -> None:
    """Delete what the runs of a recipe made.

    Name one run, or a recipe by its name or file for all of its runs. Model versions, dataset versions and jobs are
    deleted, those that other recipes found in the cache too.
    """
    from mlops_cloud.cli import destruction
    from mlops_cloud.cli.answers import answer_list
    from mlops_cloud.cli.confirmation import confirm
    from mlops_cloud.cli.table import table, write

    columns = {"deleted": lambda made: made.reference}
    with common.connect() as cloud:
        runs = destruction.runs_named(cloud, name)
        things = destruction.made_by(cloud, runs)
        if things:
            write(table(("made", "by"), [(made.reference, made.run) for made in things]), err=True)
            confirm(f"delete these {len(things)}, for good?", yes=yes)
        destruction.delete(cloud, things)
        for run in runs:
            cloud.runs.delete(run.run)
    answer_list(common.output, things, columns, lambda made: made.reference)
