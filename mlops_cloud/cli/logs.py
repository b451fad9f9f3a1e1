"""Logs of jobs on stdout: whole, safe for a terminal, followed while they grow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.answers import document
from mlops_cloud.cli.step_jobs import job_name, jobs_of
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.client import Client

_PAUSE = 0.2


def show_log(cloud: Client, name: str, output: str, *, follow: bool) -> None:
    """The log of one job, named by itself or as RUN/STEP."""
    job = job_name(cloud, name)
    lines = log_lines(cloud, job, follow=follow)
    if output == "name":
        click.echo(job)
    elif output == "table":
        for line in lines:
            click.echo(terminal(line))
    else:
        document(output, {"job": job, "lines": list(lines)})


def show_run_logs(cloud: Client, run: str, output: str, *, follow: bool) -> None:
    """The logs of a run's steps, each line after its step's name."""
    jobs = jobs_of(cloud, cloud.runs.get(run))
    if output == "name":
        click.echo("\n".join(job.name for job in jobs.values()))
    elif output == "table":
        width = max(map(len, jobs), default=0)
        for step, job in jobs.items():
            for line in log_lines(cloud, job.name, follow=follow):
                click.echo(terminal(f"{step.ljust(width)} | {line}"))
    else:
        logs = {step: list(log_lines(cloud, job.name, follow=follow)) for step, job in jobs.items()}
        document(output, {"run": run, "logs": logs})


def log_lines(cloud: Client, job: str, *, follow: bool) -> Iterator[str]:
    """The lines so far; with `follow` also those to come, until the job has ended."""
    cursor = ""
    while True:
        page = cloud.processing.logs(job, cursor)
        yield from page.lines
        if not page.lines and (page.ended or not follow):
            return
        if not page.lines:
            time.sleep(_PAUSE)
        cursor = page.cursor
