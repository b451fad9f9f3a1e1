"""Intervals drawn as a dot with whiskers on a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.analysis.axes import Axis, axis_of
from mlops_cloud.analysis.markup import Markup, coordinate, element
from mlops_cloud.analysis.metrics import SMALLER_IS_BETTER
from mlops_cloud.analysis.report_wording import metric_label, number, span, tick

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlops_cloud.analysis.report_reading import Gate, Interval

_MARGIN = 6
_BEST = 1.0


@dataclass(frozen=True, slots=True)
class _Strip:
    """A narrow drawing along one axis."""

    axis: Axis
    width: int
    y: int
    radius: float

    def mark(self, value: float, style: str) -> Markup:
        return element("path", d=f"M{self.across(value)} {self.y - 7}V{self.y + 7}", class_=style)

    def whiskers(self, interval: Interval) -> list[Markup]:
        drawn = []
        if interval.low is not None and interval.high is not None:
            path = f"M{self.across(interval.low)} {self.y}H{self.across(interval.high)}"
            drawn.append(element("path", d=path, class_="whisker"))
        if interval.value is not None:
            drawn.append(element("circle", cx=self.across(interval.value), cy=self.y, r=self.radius, class_="dot"))
        return drawn

    def across(self, value: float) -> str:
        return coordinate(_MARGIN + self.axis.share(value) * (self.width - 2 * _MARGIN))


def scales(metrics: Mapping[str, Interval], gates: Iterable[Gate]) -> dict[str, Axis]:
    """Metric -> its scale: one for all that are at best 1, from zero for the others; limits are in sight."""
    sights = {name: list(interval.ends) for name, interval in metrics.items()}
    for gate in gates:
        sights.get(gate.metric, []).extend(gate.limits)
    shares = {n for n, sight in sights.items() if n not in SMALLER_IS_BETTER and max(sight, default=0) <= _BEST}
    shared = axis_of([_BEST, *(value for name in shares for value in sights[name])])
    return {name: shared if name in shares else axis_of([0.0, *sight]) for name, sight in sights.items()}


def interval_bar(metric: str, interval: Interval, axis: Axis, limits: Iterable[float]) -> Markup:
    """The interval with the scale's ends and the gate's limits."""
    strip = _Strip(axis, 150, 9, 4.5)
    return element(
        "svg",
        element("title", f"{metric_label(metric)} {number(interval.value)}"),
        element("desc", f"95 % interval {span(interval.low, interval.high) or 'not known'}"),
        element("path", d=f"M{_MARGIN} {strip.y}H{strip.width - _MARGIN}", class_="track"),
        *(strip.mark(limit, "limit") for limit in limits),
        *strip.whiskers(interval),
        element("text", tick(axis.low), x=1, y=27),
        element("text", tick(axis.high), x=strip.width - 1, y=27, class_="end"),
        viewBox=f"0 0 {strip.width} 30",
        role="img",
        class_="interval",
    )


def small_bar(interval: Interval, axis: Axis, overall: float | None) -> Markup:
    """The interval beside the value over all rows; the numbers stand next to it."""
    strip = _Strip(axis, 90, 7, 3.5)
    mark = [] if overall is None else [strip.mark(overall, "overall")]
    box = f"0 0 {strip.width} 14"
    return element("svg", *mark, *strip.whiskers(interval), viewBox=box, class_="small", aria_hidden="true")
