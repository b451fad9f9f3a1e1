"""`mlops-cloud providers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("providers", cls=NounGroup, invoke_without_command=True)
@click.pass_context
@common_options
def command(common: Common, context: click.Context) -> None:
    """List the providers and what each can do."""
    if context.invoked_subcommand is None:
        _list(common)


@command.command("list")
@common_options
def list_(common: Common) -> None:
    """List the providers and what each can do."""
    _list(common)


@command.command("describe")
@common_options
@click.argument("name")
def describe(common: Common, name: str) -> None:
    """Show one provider: what it can do, how well, and what its profile takes."""
    from mlops_cloud.cli import provider_views
    from mlops_cloud.cli.answers import answer_one
    from mlops_cloud.plugins import provider_info

    found = provider_views.in_full(provider_info(name))
    answer_one(common.output, found, provider_views.lines(found), name)


def _list(common: Common) -> None:
    from mlops_cloud.cli import provider_views
    from mlops_cloud.cli.answers import document
    from mlops_cloud.plugins import installed

    found = [provider_views.described(entry) for entry in installed()]
    if common.output == "table":
        provider_views.show(found)
    elif common.output == "name":
        click.echo("\n".join(entry["name"] for entry in found))
    else:
        document(common.output, found)
