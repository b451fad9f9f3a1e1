"""A plan as a person reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.documents import plain
from mlops_cloud.cli.table import table, write
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.recipes.plan import Plan, PlannedStep


def show(plan: Plan, *, bills: bool, requests: bool = False, err: bool = False) -> None:
    """The steps in the order they would run, then what that adds up to."""
    columns = ("step", "kind", "action", "compute", "price per hour", "lock", "reason")
    wanted = [column for column in columns if bills or column != "price per hour"]
    rows = [dict(zip(columns, _row(step), strict=True)) for step in plan.steps]
    write(table(wanted, [[row[column] for column in wanted] for row in rows]), err=err)
    click.echo("\n" + _conclusion(plan, bills=bills), err=err)
    for step in plan.steps:
        for line in _remarks(step):
            click.echo(terminal(f"{step.name}: {line}"), err=True)
    if requests:
        _show_requests(plan)


def show_names(plan: Plan) -> None:
    """The steps that a run would make."""
    for step in plan.steps:
        if step.action == "run":
            click.echo(step.name)


def _row(step: PlannedStep) -> tuple[str, ...]:
    price = f"{step.price.value:g} {step.price.currency}" if step.price else ""
    unknown = "unknown" if step.action == "run" and step.requests else ""
    return step.name, step.kind, step.action, step.compute, price or unknown, _lock(step), step.reason


def _lock(step: PlannedStep) -> str:
    if not step.environment or step.environment.startswith("environment "):
        return step.environment.removeprefix("environment ").partition(",")[0]
    return "not yet" if step.environment.startswith("not ") else "here"


def _remarks(step: PlannedStep) -> Iterator[str]:
    if step.environment.startswith("not "):
        yield step.environment
    yield from (f"advice: {line}" for line in step.advice)


def _conclusion(plan: Plan, *, bills: bool) -> str:
    actions = [step.action for step in plan.steps]
    counted = ", ".join(f"{actions.count(action)} {action}" for action in dict.fromkeys(actions))
    sentence = f"{plan.recipe} on {plan.provider}: {counted or 'no steps'}."
    unknown = sum(1 for step in plan.steps if step.action == "run" and step.requests and step.price is None)
    if bills and unknown:
        sentence += f" The price of {unknown} of them is unknown."
    return sentence


def _show_requests(plan: Plan) -> None:
    for step in plan.steps:
        for request in step.requests:
            click.echo(terminal(f"\n# {step.name}: {request.service} {request.operation}"))
            click.echo(json.dumps(plain(request.body), indent=2, allow_nan=False))
