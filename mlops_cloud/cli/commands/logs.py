"""`mlops-cloud logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.command("logs")
@common_options
@click.argument("name", metavar="RUN/STEP|JOB")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
def command(common: Common, name: str, *, follow: bool) -> None:
    """Show the log of a step (RUN/STEP) or of a job.

    The newest run of a recipe may be named by the recipe: `breast-cancer/tune`.
    """
    from mlops_cloud.cli.logs import show_log

    with common.connect(read_only=True) as cloud:
        show_log(cloud, name, common.output, follow=follow)
