"""`mlops-cloud runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.group("runs", cls=NounGroup)
def command() -> None:
    """List, read, cancel and forget runs."""


@command.command("list")
@common_options
@click.option("--recipe", default="", metavar="NAME", help="Only the runs of this recipe.")
def list_(common: Common, recipe: str) -> None:
    """List runs, newest first."""
    from mlops_cloud.cli.answers import answer_list
    from mlops_cloud.cli.quantities import lasted, when

    columns = {
        "run": lambda run: run.run,
        "recipe": lambda run: run.recipe,
        "status": lambda run: run.status,
        "started (UTC)": lambda run: when(run.started),
        "time": lambda run: lasted(run.ended - run.started) if run.ended else "",
    }
    with common.connect(read_only=True) as cloud:
        answer_list(common.output, cloud.runs.list(recipe), columns, lambda run: run.run)


@command.command("get")
@common_options
@click.argument("run")
def get(common: Common, run: str) -> None:
    """Show one run: its steps, and what each made."""
    from mlops_cloud.cli import ending
    from mlops_cloud.cli.answers import document

    with common.connect(read_only=True) as cloud:
        state = cloud.runs.get(run)
        reports = ending.pages(cloud, state)
    if common.output == "table":
        ending.tables(state, reports)
    elif common.output == "name":
        click.echo(state.run)
    else:
        document(common.output, ending.document_of(state, reports))


@command.command("logs")
@common_options
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
def logs(common: Common, run: str, *, follow: bool) -> None:
    """Show the logs of a run's steps, one after the other; RUN/STEP shows one."""
    from mlops_cloud.cli.logs import show_log, show_run_logs

    with common.connect(read_only=True) as cloud:
        show = show_log if "/" in run else show_run_logs
        show(cloud, run, common.output, follow=follow)


@command.command("cancel")
@common_options
@click.argument("run")
def cancel(common: Common, run: str) -> None:
    """Stop the jobs of a run; its finished steps are kept."""
    from mlops_cloud.cli.answers import answer_list
    from mlops_cloud.cli.step_jobs import running_jobs

    with common.connect() as cloud:
        running = running_jobs(cloud, cloud.runs.get(run))
        for job in running:
            cloud.processing.cancel(job.name)
    answer_list(common.output, running, {"stopped": lambda job: job.name}, lambda job: job.name)


@command.command("delete")
@common_options
@click.argument("run")
def delete(common: Common, run: str) -> None:
    """Forget a run; what it made stays (`destroy` deletes that)."""
    from mlops_cloud.cli.answers import deleted

    with common.connect() as cloud:
        cloud.runs.delete(run)
    deleted(common.output, run)
