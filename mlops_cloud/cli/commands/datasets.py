"""`mlops-cloud datasets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common
    from mlops_cloud.client import Client
    from mlops_cloud.results.data import DatasetVersion


@click.group("datasets", cls=NounGroup)
def command() -> None:
    """List, read and delete dataset versions."""


@command.command("list")
@common_options
@click.argument("name", default="")
def list_(common: Common, name: str) -> None:
    """List versions, newest first; of one dataset when named."""
    from mlops_cloud.cli import dataset_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        answer_list(common.output, cloud.datasets.list(name), dataset_views.COLUMNS, dataset_views.name)


@command.command("get")
@common_options
@click.argument("dataset", metavar="NAME[:VERSION]")
def get(common: Common, dataset: str) -> None:
    """Show one version, the newest when none is named."""
    from mlops_cloud.cli import dataset_views
    from mlops_cloud.cli.answers import answer_row

    with common.connect(read_only=True) as cloud:
        version = _version(cloud, dataset)
    answer_row(common.output, version, dataset_views.COLUMNS, dataset_views.name(version))


@command.command("describe")
@common_options
@click.argument("dataset", metavar="NAME[:VERSION]")
def describe(common: Common, dataset: str) -> None:
    """Show one version in full: columns, splits, files."""
    from mlops_cloud.cli import dataset_views
    from mlops_cloud.cli.answers import answer_one

    with common.connect(read_only=True) as cloud:
        version = _version(cloud, dataset)
    answer_one(common.output, version, dataset_views.lines(version), dataset_views.name(version))


@command.command("delete")
@common_options
@click.argument("dataset", metavar="NAME:VERSION")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(common: Common, dataset: str, *, yes: bool) -> None:
    """Delete one version and its rows."""
    from mlops_cloud.cli import dataset_views
    from mlops_cloud.cli.answers import deleted
    from mlops_cloud.cli.confirmation import confirm

    if ":" not in dataset:
        raise click.UsageError(f"name the version too: {dataset}:VERSION")
    with common.connect() as cloud:
        version = _version(cloud, dataset)
        confirm(f"delete dataset {dataset_views.name(version)} with its {version.rows} rows?", yes=yes)
        cloud.datasets.delete(version.name, version.version)
    deleted(common.output, dataset_views.name(version))


def _version(cloud: Client, dataset: str) -> DatasetVersion:
    name, _, version = dataset.partition(":")
    return cloud.datasets.get(name, version)
