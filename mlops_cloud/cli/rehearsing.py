"""What a person is told of a rehearsal: what it leaves out, and what its gates would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.results.runs import RunState
    from mlops_cloud.services.session import Session


def announce(session: Session, recipe: Recipe) -> None:
    """Say on stderr what is rehearsed, and where it is kept."""
    if any(step.kind == "dataset" and step.enabled for step in recipe.steps.values()):
        what = f"on at most {session.sample} rows of every dataset"
    else:
        what = "with all its work, as no step makes a dataset"
    click.echo(
        f"a rehearsal {what}, in project {session.project}; limits of row counts and ages are not judged,", err=True
    )
    click.echo("missed gates are told and end nothing, approvals are not asked for", err=True)


def tell_missed(state: RunState) -> None:
    """Name on stderr each gate that was missed."""
    for line in missed(state):
        click.echo(line, err=True)


def missed(state: RunState) -> Iterator[str]:
    """A line for each gate that was missed."""
    for name, step in state.steps.items():
        for gate in step.summary.get("gates", []):
            if not gate["passed"]:
                yield terminal(f"step {name}: a gate was missed, on few rows: {gate['message']}")
