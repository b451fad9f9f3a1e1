"""`mlops-cloud environments`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("environments", cls=NounGroup)
def command() -> None:
    """List, read and forget the locks of requirements."""


@command.command("list")
@common_options
def list_(common: Common) -> None:
    """List the locks that were made, with the sizes of what is kept of them."""
    from mlops_cloud.cli import environment_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        answer_list(common.output, cloud.environments.list(), environment_views.COLUMNS, lambda found: found.name)


@command.command("get")
@common_options
@click.argument("environment")
def get(common: Common, environment: str) -> None:
    """Show one lock in full: every package, and where it is installed."""
    from mlops_cloud.cli import environment_views
    from mlops_cloud.cli.answers import answer_one

    with common.connect(read_only=True) as cloud:
        found = cloud.environments.get(environment)
    answer_one(common.output, found, environment_views.lines(found), found.name)


@command.command("delete")
@common_options
@click.argument("environment")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(common: Common, environment: str, *, yes: bool) -> None:
    """Forget one lock with its wheels and what is installed of it; the next job that asks for it locks anew."""
    from mlops_cloud.cli.answers import deleted
    from mlops_cloud.cli.confirmation import confirm

    with common.connect() as cloud:
        found = cloud.environments.get(environment)
        confirm(f"forget environment {found.name} with its {len(found.lines)} packages?", yes=yes)
        cloud.environments.delete(found)
    deleted(common.output, found.name)
