"""Write a command's answer in the form that was asked for; stdout carries nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from mlops_cloud.cli.documents import plain
from mlops_cloud.cli.table import table, write
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Columns = Mapping[str, Callable[[Any], object]]


def answer_list(output: str, items: Iterable[Any], columns: Columns, name: Callable[[Any], str]) -> None:
    """Several things: a table with one row each."""
    found = list(items)
    if output == "name":
        _lines(name(item) for item in found)
    elif output == "table":
        write(table(list(columns), [[cell(item) for cell in columns.values()] for item in found]))
    else:
        document(output, found)


def answer_one(output: str, item: object, lines: Mapping[str, object], name: str) -> None:
    """One thing in full: `field  value` lines."""
    if output == "name":
        _lines([name])
    elif output == "table":
        described(lines)
    else:
        document(output, item)


def described(lines: Mapping[str, object]) -> None:
    """`field  value`, a line each; a longer value stands indented below its field."""
    width = max((len(field) for field in lines), default=0)
    for field, value in lines.items():
        shown = terminal(_text(value)).split("\n")
        if len(shown) > 1:
            click.echo("\n".join([field, *(f"  {line}" for line in shown if line)]))
        elif shown[0]:
            click.echo(f"{field.ljust(width)}  {shown[0]}")


def document(output: str, value: object) -> None:
    """One JSON or YAML document."""
    if output == "yaml":
        import yaml

        click.echo(yaml.safe_dump(plain(value), sort_keys=False), nl=False)
    else:
        click.echo(json.dumps(plain(value), indent=2, allow_nan=False))


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(terminal(line))


def _text(value: object) -> str:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(plain(value), indent=2, ensure_ascii=False) if value else ""
    return "" if value is None else str(value)


def answer_row(output: str, item: object, columns: Columns, name: str) -> None:
    """One thing in short: a table with one row."""
    if output in ("table", "name"):
        answer_list(output, [item], columns, lambda _: name)
    else:
        document(output, item)


def deleted(output: str, name: str) -> None:
    """What is no longer there."""
    answer_one(output, {"deleted": name}, {"deleted": name}, name)
