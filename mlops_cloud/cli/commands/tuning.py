"""`mlops-cloud tuning`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("tuning", cls=NounGroup)
def command() -> None:
    """List, read and delete tunings, and their trials."""


@command.command("list")
@common_options
def list_(common: Common) -> None:
    """List tunings that have ended, newest first."""
    from mlops_cloud.cli import tuning_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        answer_list(common.output, cloud.tuning.list(), tuning_views.COLUMNS, lambda tuning: tuning.name)


@command.command("get")
@common_options
@click.argument("tuning")
def get(common: Common, tuning: str) -> None:
    """Show one tuning, and its best trial."""
    from mlops_cloud.cli import tuning_views
    from mlops_cloud.cli.answers import answer_row

    with common.connect(read_only=True) as cloud:
        answer_row(common.output, cloud.tuning.get(tuning), tuning_views.COLUMNS, tuning)


@command.command("describe")
@common_options
@click.argument("tuning")
def describe(common: Common, tuning: str) -> None:
    """Show one tuning in full: its best trial, and where its page lies on this computer."""
    from mlops_cloud.cli import tuning_views
    from mlops_cloud.cli.answers import answer_one

    with common.connect(read_only=True) as cloud:
        found = cloud.tuning.get(tuning)
        page = cloud.provider.storage.download(found.page, cloud.session.home / "reports" / found.name)
    answer_one(common.output, found, tuning_views.lines(found, str(page)), tuning)


@command.command("trials")
@common_options
@click.argument("tuning")
def trials(common: Common, tuning: str) -> None:
    """List the trials of one tuning, in the order in which they were proposed."""
    from mlops_cloud.cli import tuning_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        found = cloud.tuning.get(tuning)
    answer_list(common.output, found.trials, tuning_views.trial_columns(found), lambda trial: trial.job)


@command.command("delete")
@common_options
@click.argument("tuning")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(common: Common, tuning: str, *, yes: bool) -> None:
    """Delete a tuning and its trials' jobs, but those that another tuning has too."""
    from mlops_cloud.cli.answers import deleted
    from mlops_cloud.cli.confirmation import confirm

    with common.connect() as cloud:
        found = cloud.tuning.get(tuning)
        confirm(f"delete tuning {tuning} with the jobs of its {len(found.trials)} trials?", yes=yes)
        cloud.tuning.delete(tuning)
    deleted(common.output, tuning)
