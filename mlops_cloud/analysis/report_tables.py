"""The report's tables of metrics: of the model, beside the champion, and of slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.analysis.axes import Axis, axis_of
from mlops_cloud.analysis.markup import Markup, clipped, element, joined
from mlops_cloud.analysis.metrics import SMALLER_IS_BETTER
from mlops_cloud.analysis.report_intervals import interval_bar, scales, small_bar
from mlops_cloud.analysis.report_reading import Interval
from mlops_cloud.analysis.report_wording import UNKNOWN, count, judgement, metric_label, number, signed, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlops_cloud.analysis.report_reading import Champion, Gate, Slice

_MOST_SLICES = 200
_MOST_BARS = 600
"""Drawings beyond these would make the page too heavy to open."""


def metrics_table(metrics: Mapping[str, Interval], gates: Sequence[Gate]) -> Markup:
    """Value, interval and its drawing with the gates' limits, a row a metric."""
    axes = scales(metrics, gates)
    rows = []
    for name, interval in metrics.items():
        limits = [limit for gate in gates if gate.metric == name for limit in gate.limits]
        value = joined(element("b", number(interval.value)), " ", _muted(span(interval.low, interval.high)))
        bar = interval_bar(name, interval, axes[name], limits)
        rows.append(_row(_metric_head(name), element("td", value), element("td", bar, class_="drawn")))
    return table(["Metric", "Value and 95 % interval", "On a scale"], rows, "metrics")


def champion_table(metrics: Mapping[str, Interval], champion: Champion) -> Markup:
    """Both models' values and their difference, a row a metric that either has."""
    rows = []
    for name in dict.fromkeys([*metrics, *champion.metrics]):
        ours, theirs = (side.get(name, Interval(None)).value for side in (metrics, champion.metrics))
        between = champion.differences.get(name)
        gain = between.value if between else _difference(ours, theirs)
        interval = _muted(span(between.low, between.high, signed)) if between else ""
        cells = (number(ours), number(theirs), joined(_judged(name, gain), " ", interval))
        rows.append(_row(_metric_head(name), *(element("td", cell) for cell in cells)))
    return table(["Metric", "This model", "Champion", "Difference"], rows, "champion")


def slices_table(slices: Sequence[Slice], metrics: Mapping[str, Interval]) -> Markup:
    """Every metric of every slice, with a small drawing beside the value over all rows."""
    shown = slices[:_MOST_SLICES]
    names = list(dict.fromkeys([*metrics, *(name for each in shown for name in each.metrics)]))
    axes = _slice_axes(names, shown, metrics) if len(names) * len(shown) <= _MOST_BARS else {}
    rows = [
        _row(
            element("th", _muted(clipped(each.column)), " ", clipped(each.value), scope="row"),
            element("td", count(each.rows)),
            *(_slice_cell(name, each.metrics.get(name), axes.get(name), metrics.get(name)) for name in names),
        )
        for each in shown
    ]
    drawn = table(["Slice", "Rows", *map(metric_label, names)], rows, "slices")
    left = len(slices) - len(shown)
    return (
        joined(drawn, element("p", f"{count(left)} more slices are in the JSON report.", class_="note"))
        if left
        else drawn
    )


def table(heads: Iterable[str], rows: Iterable[Markup], style: str) -> Markup:
    """A table that scrolls sideways by itself where the page is narrower."""
    head = _row(*(element("th", text, scope="col") for text in heads))
    inner = element("table", element("thead", head), element("tbody", *rows), class_=style)
    return element("div", inner, class_="scroll", tabindex="0")


def _slice_axes(names: Iterable[str], slices: Sequence[Slice], overall: Mapping[str, Interval]) -> dict[str, Axis]:
    sights = {
        name: [end for side in (overall, *(each.metrics for each in slices)) if name in side for end in side[name].ends]
        for name in names
    }
    return {name: axis_of(sight) for name, sight in sights.items()}


def _slice_cell(name: str, interval: Interval | None, axis: Axis | None, overall: Interval | None) -> Markup:
    if interval is None or interval.value is None:
        return element("td", UNKNOWN)
    whole = overall.value if overall else None
    bar = small_bar(interval, axis, whole) if axis else ""
    title = span(interval.low, interval.high) or None
    return element("td", number(interval.value), _apart(name, interval, whole), bar, title=title)


def _apart(name: str, interval: Interval, overall: float | None) -> Markup:
    """A mark where the whole interval is on one side of the value over all rows."""
    if overall is None or interval.low is None or interval.high is None or interval.low <= overall <= interval.high:
        return Markup()
    word = judgement(name, interval.high - overall)
    if not word:
        return Markup()
    arrow = "▲" if word == "better" else "▼"
    spoken = element("span", f" {word} than over all rows", class_="spoken")
    return joined(" ", element("span", arrow, class_=word, aria_hidden="true"), spoken)


def _judged(name: str, gain: float | None) -> Markup:
    word = judgement(name, gain)
    return element("span", f"{signed(gain)} {word}".rstrip(), class_=word or None)


def _difference(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else ours - theirs


def _metric_head(name: str) -> Markup:
    direction = "smaller is better" if name in SMALLER_IS_BETTER else ""
    return element("th", metric_label(name), " ", _muted(direction), scope="row")


def _muted(text: str) -> Markup:
    return element("small", text) if text else Markup()


def _row(*cells: Markup) -> Markup:
    return element("tr", *cells)
