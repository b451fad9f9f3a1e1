"""How results look in a notebook: a small table, everything escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """An HTML table of plain values."""
    body = "".join(_row("td", row) for row in rows)
    return f"<table><thead>{_row('th', head)}</thead><tbody>{body}</tbody></table>"


def facts(known: Iterable[tuple[str, object]]) -> str:
    """An HTML table of names and values; what is empty is left out."""
    rows = "".join(_row("td", fact) for fact in known if fact[1] not in ("", None))
    return f"<table><tbody>{rows}</tbody></table>"


def _row(cell: str, values: Sequence[object]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(str(value))}</{cell}>' for value in values)}</tr>"
