"""The confusion matrix as a table whose cells are shaded by their share of the true class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.analysis.markup import Markup, clipped, element, joined
from mlops_cloud.analysis.report_wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_CLASSES = 40
_DENSE = 10
"""More classes than this are written small, without shares."""
SHADES = 8

Matrix = list[list[float]]


def confusion_table(labels: Sequence[str], counts: Matrix) -> Markup:
    """Rows are the true classes, columns the predicted ones; of very many classes the most frequent."""
    kept = _most_frequent(counts)
    names = [clipped(labels[index]) for index in kept]
    dense = len(kept) > _DENSE
    heads = element("tr", element("th", "true ↓ predicted →"), *(_column_head(name) for name in names))
    rows = [
        element("tr", element("th", name, scope="row"), *_cells(counts, row, kept, dense))
        for row, name in zip(kept, names, strict=True)
    ]
    inner = element("table", element("thead", heads), element("tbody", *rows), class_=_style(dense))
    return joined(element("div", inner, class_="scroll", tabindex="0"), _note(len(kept), len(labels)))


def _most_frequent(counts: Matrix) -> list[int]:
    order = sorted(range(len(counts)), key=lambda row: -sum(counts[row]))
    return sorted(order[:_MOST_CLASSES])


def _cells(counts: Matrix, row: int, kept: Sequence[int], dense: bool) -> list[Markup]:
    total = sum(counts[row])
    return [_cell(counts[row][column], total, row == column, dense) for column in kept]


def _cell(rows: float, total: float, right: bool, dense: bool) -> Markup:
    share = rows / total if total > 0 else 0.0
    shade = max(1, min(SHADES, round(share * SHADES))) if rows > 0 else 0
    style = f"{'hit' if right else 'miss'}{shade}" if shade else None
    if dense:
        return element("td", count(rows) if rows else "", class_=style)
    return element("td", element("b", count(rows)), " ", element("small", f"{share:.1%}"), class_=style)


def _column_head(name: str) -> Markup:
    return element("th", element("span", name), scope="col")


def _style(dense: bool) -> str:
    return "confusion dense" if dense else "confusion"


def _note(shown: int, all_classes: int) -> Markup:
    if shown == all_classes:
        return Markup()
    return element("p", f"The {shown} most frequent of {count(all_classes)} classes.", class_="note")
