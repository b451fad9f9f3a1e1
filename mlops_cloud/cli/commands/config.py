"""`mlops-cloud config`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("config", cls=NounGroup)
def command() -> None:
    """Show the configuration and where each value came from."""


@command.command("show")
@common_options
@click.option("--origin", is_flag=True, help="Tell where each value came from.")
def show(common: Common, *, origin: bool) -> None:
    """Show the values of the profile in use; what may be secret is hidden."""
    from mlops_cloud.cli.answers import answer_list
    from mlops_cloud.cli.settings import settings

    columns = {"setting": lambda setting: setting.name, "value": lambda setting: setting.value}
    if origin:
        columns["origin"] = lambda setting: setting.origin
    answer_list(common.output, settings(common), columns, lambda setting: setting.name)
