"""`mlops-cloud jobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("jobs", cls=NounGroup)
def command() -> None:
    """List, read, cancel and delete jobs."""


@command.command("list")
@common_options
@click.option("--status", metavar="STATUS", help="Only jobs that are pending, running, succeeded, failed or cancelled.")
def list_(common: Common, status: str | None) -> None:
    """List jobs, newest first."""
    from mlops_cloud.cli import job_views
    from mlops_cloud.cli.answers import answer_list

    with common.connect(read_only=True) as cloud:
        jobs = [*cloud.training.list(), *cloud.processing.list()]
        wanted = [job for job in jobs if status in (None, job.status)]
        newest = sorted(wanted, key=lambda job: job.created, reverse=True)
        answer_list(common.output, newest, job_views.COLUMNS, lambda job: job.name)


@command.command("get")
@common_options
@click.argument("job")
def get(common: Common, job: str) -> None:
    """Show how far one job is."""
    from mlops_cloud.cli import job_views
    from mlops_cloud.cli.answers import answer_row

    with common.connect(read_only=True) as cloud:
        answer_row(common.output, cloud.processing.get(job), job_views.COLUMNS, job)


@command.command("describe")
@common_options
@click.argument("job")
def describe(common: Common, job: str) -> None:
    """Show one job in full: its spec, inputs, code, metrics, outputs and failure."""
    from mlops_cloud.cli import job_views
    from mlops_cloud.cli.answers import answer_one
    from mlops_cloud.cli.documents import plain
    from mlops_cloud.services.job_records import describe as described

    with common.connect(read_only=True) as cloud:
        found = cloud.processing.get(job)
        record = described(cloud.session, job)
    answer_one(common.output, {**plain(found), "record": record}, job_views.lines(found, record), job)


@command.command("logs")
@common_options
@click.argument("job")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
def logs(common: Common, job: str, *, follow: bool) -> None:
    """Show the log of one job."""
    from mlops_cloud.cli.logs import show_log

    with common.connect(read_only=True) as cloud:
        show_log(cloud, job, common.output, follow=follow)


@command.command("cancel")
@common_options
@click.argument("job")
def cancel(common: Common, job: str) -> None:
    """Ask a job to stop; one that has ended is left as it is."""
    from mlops_cloud.cli import job_views
    from mlops_cloud.cli.answers import answer_row

    with common.connect() as cloud:
        cloud.processing.cancel(job)
        answer_row(common.output, cloud.processing.get(job), job_views.COLUMNS, job)


@command.command("delete")
@common_options
@click.argument("job")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(common: Common, job: str, *, yes: bool) -> None:
    """Delete an ended job with its log and outputs."""
    from mlops_cloud.cli.answers import deleted
    from mlops_cloud.cli.confirmation import confirm

    with common.connect() as cloud:
        cloud.processing.get(job)
        confirm(f"delete job {job} with its log and outputs?", yes=yes)
        cloud.processing.delete(job)
    deleted(common.output, job)
