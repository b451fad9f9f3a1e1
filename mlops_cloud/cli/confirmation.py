"""Ask before something is lost or costs money."""

from __future__ import annotations

import sys

import click

from mlops_cloud.errors import InvalidSpecError


def confirm(question: str, *, yes: bool) -> None:
    """Go on only with --yes or a person's yes; without a terminal nobody can be asked."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidSpecError(
            f"not done without a yes: {question}", why="there is no terminal to ask at", fix="add --yes"
        )
    if not click.confirm(question, err=True):
        click.echo("nothing was done", err=True)
        raise click.exceptions.Exit(1)
