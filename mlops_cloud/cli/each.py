"""`run --each vars.csv`: the recipe once for each row, one after the other, and one table of them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from mlops_cloud.cli.answers import document
from mlops_cloud.cli.each_rows import Row, load_rows
from mlops_cloud.cli.ending import document_of
from mlops_cloud.cli.failures import message
from mlops_cloud.cli.quantities import number
from mlops_cloud.cli.running import Ran, run_one
from mlops_cloud.cli.table import table, without_empty_columns, write
from mlops_cloud.errors import ExitCode, MlopsCloudError
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlops_cloud.cli.running import Way
    from mlops_cloud.recipes.model import Recipe

_FROM_BAD_TO_GOOD = (ExitCode.INVALID, ExitCode.FAILED, ExitCode.REFUSED, ExitCode.WAITING, ExitCode.DONE)
_BAD = _FROM_BAD_TO_GOOD[:3]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row."""

    row: Row
    ran: Ran | None = None
    error: MlopsCloudError | None = None
    """Why it could not even begin."""

    @property
    def exit_code(self) -> ExitCode:
        """As if it had been run alone."""
        if self.error is not None:
            return self.error.exit_code
        return self.ran.result.exit_code if self.ran else ExitCode.DONE

    @property
    def status(self) -> str:
        """As of a run; `not run` after a row that failed."""
        if self.ran:
            return self.ran.result.state.status
        return "failed" if self.error else "not run"

    def metrics(self) -> dict[str, float]:
        """Metric -> value; `step.metric` where two steps measured it."""
        steps = self.ran.result.state.steps if self.ran else {}
        found = [(name, metric, entry) for name, step in steps.items() for metric, entry in _metrics(step.summary)]
        names = [metric for _, metric, _ in found]
        return {metric if names.count(metric) == 1 else f"{step}.{metric}": value for step, metric, value in found}


def run_each(way: Way, path: Path, *, fail_fast: bool) -> int:
    """Run every row, also after one that failed; the exit code is the worst of them."""
    rows = load_rows(way.common, way.chosen, path)
    results: list[RowResult] = []
    try:
        for row, recipe in rows:
            stopped = fail_fast and any(result.exit_code in _BAD for result in results)
            results.append(_not_run(way, row, recipe) if stopped else _run(way, row, recipe, rows))
    finally:
        _show(way, results)
    if any(result.exit_code != ExitCode.DONE for result in results):
        click.echo(f"\nnext:\n  {way.again}    # goes on from here", err=True)
    return next(code for code in _FROM_BAD_TO_GOOD if any(result.exit_code == code for result in results))


def _run(way: Way, row: Row, recipe: Recipe, rows: Sequence[tuple[Row, Recipe]]) -> RowResult:
    first = row is rows[0][0]
    click.echo(("" if first else "\n") + terminal(f"{row.place} {row.text()}"), err=True)
    try:
        ran = run_one(way, recipe, row=row.text(), ahead=[recipe for _, recipe in rows] if first else ())
    except MlopsCloudError as exc:
        way.report.add_error(f"recipe[{row.text()}]", exc)
        click.echo(message(exc), err=True)
        return RowResult(row, error=exc)
    for name, error in ran.result.errors.items():
        click.echo(f"step {name}:\n{message(error)}", err=True)
    return RowResult(row, ran)


def _not_run(way: Way, row: Row, recipe: Recipe) -> RowResult:
    for step in recipe.order:
        way.report.add_skipped(f"{step}[{row.text()}]", "not run: an earlier row failed")
    return RowResult(row)


def _show(way: Way, results: Sequence[RowResult]) -> None:
    if way.common.output == "table":
        click.echo()
        _show_table(results)
    elif way.common.output == "name":
        click.echo("".join(f"{result.ran.result.state.run}\n" for result in results if result.ran), nl=False)
    else:
        document(way.common.output, [_document(result) for result in results])


def _show_table(results: Sequence[RowResult]) -> None:
    measured = list(dict.fromkeys(name for result in results for name in result.metrics()))
    names = list(results[0].row.values) if results else []
    rows = [
        (result.row.line, *result.row.values.values(), result.status, *_cells(result, measured), _run_name(result))
        for result in results
    ]
    write(without_empty_columns(table(("line", *names, "status", *measured, "run"), rows)))


def _cells(result: RowResult, measured: Sequence[str]) -> Iterator[str]:
    metrics = result.metrics()
    return (number(metrics.get(name)) for name in measured)


def _run_name(result: RowResult) -> str:
    return result.ran.result.state.run if result.ran else ""


def _document(result: RowResult) -> dict[str, Any]:
    ran = document_of(result.ran.result.state, result.ran.pages) if result.ran else {"status": result.status}
    error = {"error": str(result.error)} if result.error else {}
    return {"line": result.row.line, "vars": result.row.values, "metrics": result.metrics(), **ran, **error}


def _metrics(summary: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, entry in summary.get("metrics", {}).items():
        yield name, entry["value"] if isinstance(entry, dict) else entry
