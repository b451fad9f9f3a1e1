"""How a run ends: what went wrong, what was made, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mlops_cloud.cli import rehearsing
from mlops_cloud.cli.answers import described, document
from mlops_cloud.cli.dataset_views import splits
from mlops_cloud.cli.documents import plain
from mlops_cloud.cli.failures import message
from mlops_cloud.cli.quantities import lasted, number
from mlops_cloud.cli.table import table, without_empty_columns, write
from mlops_cloud.cli.tuning_views import parameters
from mlops_cloud.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.cli.next_commands import NextCommands
    from mlops_cloud.cli.options import Common
    from mlops_cloud.client import Client
    from mlops_cloud.recipes.run import RunResult
    from mlops_cloud.results.runs import RunState, StepState


def pages(cloud: Client, state: RunState) -> dict[str, str]:
    """Step -> its report as a file on this computer."""
    found = {}
    for name, step in state.steps.items():
        if "page" in step.summary:
            folder = cloud.session.home / "reports" / str(step.summary["job"])
            try:
                found[name] = str(cloud.provider.storage.download(step.summary["page"], folder))
            except NotFoundError:
                continue
    return found


def show(common: Common, result: RunResult, reports: dict[str, str], commands: NextCommands) -> None:
    """The answer on stdout; errors, and the commands to type next, on stderr."""
    for name, error in result.errors.items():
        click.echo(f"\nstep {name}:\n{message(error)}", err=True)
    _answer(common, result.state, reports)
    if commands.real:
        rehearsing.tell_missed(result.state)
    click.echo("\n".join(["", "next:", *(f"  {line}" for line in commands.after(result.state))]), err=True)


def show_unchanged(common: Common, state: RunState, reports: dict[str, str], *, rehearsed: bool) -> None:
    """The same answer once more, of a run whose files are all as they were."""
    _answer(common, state, reports)
    if rehearsed:
        rehearsing.tell_missed(state)
    click.echo(f"\nnothing changed since run {state.run}; nothing was run", err=True)


def _answer(common: Common, state: RunState, reports: dict[str, str]) -> None:
    if common.output == "name":
        click.echo(state.run)
    elif common.output == "table":
        click.echo()
        tables(state, reports)
    else:
        document(common.output, document_of(state, reports))


def document_of(state: RunState, reports: dict[str, str]) -> dict[str, Any]:
    """A run as plain JSON."""
    return {**plain(state), "reports": plain(reports)}


def tables(state: RunState, reports: dict[str, str]) -> None:
    """What each step made, what was measured, and where the reports are."""
    rows = [(name, step.status, _time(step), _made(step)) for name, step in state.steps.items()]
    write(table(("step", "status", "time", "result"), rows))
    measured = list(_measured(state))
    if measured:
        click.echo()
        write(without_empty_columns(table(("step", "metric", "value", "95 % interval", "gate"), measured)))
    seconds = lasted((state.ended or state.started) - state.started)
    click.echo()
    described(
        {
            "run": state.run,
            "status": f"{state.status} in {seconds}",
            **{f"report of {n}": p for n, p in reports.items()},
        }
    )


def _time(step: StepState) -> str:
    return lasted(step.seconds) if step.status not in ("cached", "skipped", "blocked") else ""


def _made(step: StepState) -> str:
    summary = step.summary
    if "dataset" in summary:
        parts = splits(summary["splits"])
        return f"dataset {summary['dataset']}, {summary['rows']} rows" + (f" ({parts})" if parts else "")
    if "model" in summary:
        alias = f" as {summary['alias']}" if summary["alias"] else ""
        return f"model {summary['model']}{alias}, {summary['approval']}"
    if "gates" in summary:
        passed = sum(1 for gate in summary["gates"] if gate["passed"])
        return f"report, {passed} of {len(summary['gates'])} gates passed"
    if "trials" in summary:
        return f"best of {summary['trials']} trials: {parameters(summary['parameters'])}"
    if "rows" in summary:
        return f"{summary['rows']:,} rows predicted, job {summary['job']}"
    if "job" in summary:
        return f"job {summary['job']}"
    return step.error.split("\n")[0]


def _measured(state: RunState) -> Iterator[tuple[str, ...]]:
    for name, step in state.steps.items():
        gates: dict[str, list[dict[str, Any]]] = {}
        for gate in step.summary.get("gates", []):
            gates.setdefault(gate["metric"], []).append(gate)
        for metric, entry in sorted(step.summary.get("metrics", {}).items()):
            verdicts = "; ".join(gate["message"] for gate in gates.get(metric, []))
            yield name, metric, *_value(entry), verdicts


def _value(entry: object) -> tuple[str, str]:
    if isinstance(entry, dict):
        low, high = number(entry.get("low")), number(entry.get("high"))
        return number(entry.get("value")), f"{low} to {high}" if low and high else ""
    return number(entry), ""
