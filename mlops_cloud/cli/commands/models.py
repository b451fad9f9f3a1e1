"""`mlops-cloud models`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.cli.options import Common
    from mlops_cloud.client import Client
    from mlops_cloud.results.models import ModelVersion

_VERSION = click.argument("model", metavar="NAME:VERSION|NAME@ALIAS")


@click.group("models", cls=NounGroup)
def command() -> None:
    """List, approve, alias, download and retire model versions."""


@command.command("list")
@common_options
@click.argument("name", default="")
def list_(common: Common, name: str) -> None:
    """List versions, newest first; of one model when named."""
    from mlops_cloud.cli import model_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        answer_list(common.output, cloud.models.list(name), model_views.COLUMNS, model_views.name)


@command.command("get")
@common_options
@_VERSION
def get(common: Common, model: str) -> None:
    """Show one version."""
    _answer(common, lambda cloud: cloud.models.named(model))


@command.command("describe")
@common_options
@_VERSION
def describe(common: Common, model: str) -> None:
    """Show one version in full: metrics, where it comes from, who decided what."""
    from mlops_cloud.cli import model_views
    from mlops_cloud.cli.answers import answer_one

    with common.connect(read_only=True) as cloud:
        version = cloud.models.named(model)
    answer_one(common.output, version, model_views.lines(version), model_views.name(version))


@command.command("approve")
@common_options
@_VERSION
@click.option("--reason", default="", help="Why; kept with the version.")
def approve(common: Common, model: str, reason: str) -> None:
    """Approve a version; the alias that its recipe asked for moves to it.

    A recipe that waits for the approval goes on when it is run again.
    """
    _answer(common, lambda cloud: cloud.models.approve(cloud.models.named(model), reason=reason))


@command.command("reject")
@common_options
@_VERSION
@click.option("--reason", default="", help="Why; kept with the version.")
def reject(common: Common, model: str, reason: str) -> None:
    """Reject a version."""
    _answer(common, lambda cloud: cloud.models.reject(cloud.models.named(model), reason=reason))


@command.command("alias")
@common_options
@_VERSION
@click.argument("alias")
@click.option("--drop", is_flag=True, help="Take the alias away instead.")
def alias(common: Common, model: str, alias: str, *, drop: bool) -> None:
    """Point an alias at an approved version; it leaves the one it pointed at."""

    def change(cloud: Client) -> ModelVersion:
        version = cloud.models.named(model)
        return cloud.models.unalias(version, alias) if drop else cloud.models.alias(version, alias)

    _answer(common, change)


@command.command("download")
@common_options
@_VERSION
@click.argument("folder", type=click.Path(file_okay=False))
def download(common: Common, model: str, folder: str) -> None:
    """Copy a version's bundle into a new folder, every byte checked."""
    from mlops_cloud.cli import model_views
    from mlops_cloud.cli.answers import answer_one
    from mlops_cloud.cli.copies import copy_bundle

    with common.connect() as cloud:
        version = cloud.models.named(model)
        target = copy_bundle(cloud, version, folder)
    answer = {"model": model_views.name(version), "folder": str(target), "digest": version.digest}
    answer_one(common.output, answer, answer, str(target))


@command.command("retire")
@common_options
@_VERSION
def retire(common: Common, model: str) -> None:
    """Take a version out of use and keep it."""
    _answer(common, lambda cloud: cloud.models.retire(cloud.models.named(model)))


@command.command("restore")
@common_options
@_VERSION
def restore(common: Common, model: str) -> None:
    """Take a retired version back into use."""
    _answer(common, lambda cloud: cloud.models.restore(cloud.models.named(model)))


@command.command("delete")
@common_options
@_VERSION
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(common: Common, model: str, *, yes: bool) -> None:
    """Delete a version; refused while an alias points at it."""
    from mlops_cloud.cli import model_views
    from mlops_cloud.cli.answers import deleted
    from mlops_cloud.cli.confirmation import confirm

    with common.connect() as cloud:
        version = cloud.models.named(model)
        confirm(f"delete model {model_views.name(version)}?", yes=yes)
        cloud.models.delete(version)
    deleted(common.output, model_views.name(version))


def _answer(common: Common, change: Callable[[Client], ModelVersion]) -> None:
    from mlops_cloud.cli import model_views
    from mlops_cloud.cli.answers import answer_row

    with common.connect() as cloud:
        version = change(cloud)
    answer_row(common.output, version, model_views.COLUMNS, model_views.name(version))
