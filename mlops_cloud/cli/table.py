"""Tables as text: rich draws them at a terminal, elsewhere a few lines of our own, which cost no import."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "
_NUMBER = re.compile(r"-?[\d.]+(e[+-]?\d+)?( (s|min|h)( \d+ (s|min))?)?")


class Table(NamedTuple):
    """Headers and rows of text."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose cells are safe to show: one line each."""
    return Table(headers, [[_cell(cell) for cell in row] for row in rows])


def without_empty_columns(shown: Table) -> Table:
    """The same without columns in which no row has anything."""
    kept = [at for at in range(len(shown.headers)) if any(row[at] for row in shown.rows)]
    return Table([shown.headers[at] for at in kept], [[row[at] for at in kept] for row in shown.rows])


def write(shown: Table, *, err: bool = False) -> None:
    """Draw a table on stdout, or on stderr."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        _draw(shown, err=err)
    else:
        click.echo(as_text(shown), err=err)


def as_text(shown: Table) -> str:
    """Columns of equal width, numbers to the right."""
    lines = [shown.headers, *shown.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shown.headers))]
    right = [_numeric(shown, at) for at in range(len(shown.headers))]
    return "\n".join(_line(line, widths, right) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return _GAP.join(padded).rstrip()


def _numeric(shown: Table, at: int) -> bool:
    cells = [row[at] for row in shown.rows if row[at]]
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


def _cell(value: object) -> str:
    return terminal(str(value)).replace("\n", " ").replace("\t", " ")


def _draw(shown: Table, *, err: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, header in enumerate(shown.headers):
        drawn.add_column(header, justify="right" if _numeric(shown, at) else "left", overflow="fold")
    for row in shown.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(stderr=err).print(drawn)
