"""The drawings of a tuning: its objective by trial, and against each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_cloud.analysis.axes import Axis, axis_of, log_axis_of
from mlops_cloud.analysis.markup import clipped
from mlops_cloud.analysis.report_page import figure
from mlops_cloud.analysis.report_wording import metric_label
from mlops_cloud.analysis.svg import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.markup import Markup

_MOST_POINTS = 1000
_MOST_FIGURES = 24
_LABEL = 40
"""Characters of a parameter's name."""
_ROOM = 50
"""Characters that have room below an axis."""
_SHORTEST = 4
"""Characters of a value that is still worth writing."""


class Point(NamedTuple):
    """One trial that is worth something."""

    number: int
    objective: float
    parameters: dict[str, Any]
    style: str
    """dot, stopped or best."""


def figures(points: Sequence[Point], metric: str, logarithmic: Sequence[str], *, maximize: bool) -> list[Markup]:
    """Every drawing, with some parameters on a logarithmic scale; none without points."""
    if not points:
        return []
    shown = thinned(points)
    y = axis_of(point.objective for point in points)
    names = sorted({name for point in points for name in point.parameters})[:_MOST_FIGURES]
    progress = _progress(points, shown, y, metric, maximize=maximize)
    return [
        progress,
        *(_against(index, name, shown, y, metric, wide=name in logarithmic) for index, name in enumerate(names)),
    ]


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most so many as can be drawn, evenly taken; last of all, hence on top, the best one."""
    every = len(points) // _MOST_POINTS + 1
    others = (point for point in points[::every] if point.style != "best")
    return [*others, *(point for point in points if point.style == "best")]


def _progress(points: Sequence[Point], shown: Sequence[Point], y: Axis, metric: str, *, maximize: bool) -> Markup:
    plot = Plot(axis_of([0.0, float(max(1, points[-1].number))]), y, "Trial", metric_label(metric))
    about = "Each dot is a trial, the green one the best; a ring was stopped early. The line is the best so far."
    title = f"{metric_label(metric)} by trial"
    line = plot.steps(_best_so_far(points, maximize=maximize), "curve thin")
    dots = [_dot(plot, float(point.number), point) for point in shown]
    return figure(title, about, plot.draw("by-trial", title, about, line, *dots))


def _best_so_far(points: Sequence[Point], *, maximize: bool) -> list[tuple[float, float]]:
    """Where the line begins, the height that it has up to each better trial, and where it ends."""
    whole = [point for point in points if point.style != "stopped"] or list(points)
    best = whole[0].objective
    line = [(float(whole[0].number), best)]
    for point in whole[1:]:
        if (point.objective > best) if maximize else (point.objective < best):
            line.append((float(point.number), best))
            best = point.objective
    return [*line, (float(points[-1].number), best)]


def _against(index: int, name: str, shown: Sequence[Point], y: Axis, metric: str, *, wide: bool) -> Markup:
    having = [point for point in shown if name in point.parameters]
    places, x, names = _scale([point.parameters[name] for point in having], wide=wide)
    parameter = clipped(name, _LABEL)
    plot = Plot(x, y, parameter, metric_label(metric), names)
    title, about = f"{metric_label(metric)} and {parameter}", f"Each trial at the value that {parameter} had."
    dots = [_dot(plot, place, point) for place, point in zip(places, having, strict=True)]
    return figure(title, about, plot.draw(f"parameter-{index}", title, about, *dots))


def _scale(values: Sequence[Any], *, wide: bool) -> tuple[list[float], Axis, tuple[str, ...]]:
    """Where each value stands, on which axis, and what stands below its ticks where they are no numbers."""
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return _named(list(map(_text, values)))
    numbers = [float(value) for value in values]
    return numbers, log_axis_of(numbers) if wide else axis_of(numbers), ()


def _named(texts: Sequence[str]) -> tuple[list[float], Axis, tuple[str, ...]]:
    names = sorted(set(texts))
    room = max(_SHORTEST, _ROOM // len(names))
    every = len(names) * _SHORTEST // _ROOM + 1
    below = [clipped(name, room) if place % every == 0 else "" for place, name in enumerate(names)]
    return [float(names.index(text)) for text in texts], Axis(-1.0, float(len(names)), 1.0), ("", *below, "")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dot(plot: Plot, x: float, point: Point) -> Markup:
    return plot.dot(x, point.objective, 5 if point.style == "best" else 3.5, point.style)
