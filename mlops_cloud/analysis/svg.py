"""Drawings with axes, as inline SVG: an accessible name and description, ticks and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.analysis.markup import Markup, coordinate, element, joined
from mlops_cloud.analysis.report_wording import tick

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops_cloud.analysis.axes import Axis

_WIDTH, _HEIGHT = 400, 310
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 386, 10, 262


@dataclass(frozen=True, slots=True)
class Plot:
    """Two axes, and the way from values to the place in the drawing."""

    x: Axis
    y: Axis
    x_label: str
    y_label: str
    x_names: tuple[str, ...] = ()
    """What stands below the ticks of x, where they are no numbers."""

    def across(self, value: float) -> float:
        """Horizontal place of a value."""
        return _LEFT + self.x.share(value) * (_RIGHT - _LEFT)

    def down(self, value: float) -> float:
        """Vertical place of a value."""
        return _BOTTOM - self.y.share(value) * (_BOTTOM - _TOP)

    def line(self, points: Iterable[Sequence[float]], style: str) -> Markup:
        """Straight from point to point."""
        places = (f"{coordinate(self.across(x))} {coordinate(self.down(y))}" for x, y, *_ in points)
        return element("path", d="M" + "L".join(places), class_=style)

    def steps(self, points: Sequence[Sequence[float]], style: str) -> Markup:
        """Each point's height holds from the point before up to it."""
        first, *others = points
        start = f"M{coordinate(self.across(first[0]))} {coordinate(self.down(first[1]))}"
        rest = (f"V{coordinate(self.down(y))}H{coordinate(self.across(x))}" for x, y, *_ in others)
        return element("path", d=start + "".join(rest), class_=style)

    def dot(self, x: float, y: float, radius: float, style: str = "dot") -> Markup:
        """One point."""
        return element("circle", cx=self.across(x), cy=self.down(y), r=radius, class_=style)

    def column(self, left: float, right: float, height: float) -> Markup:
        """One bar of a histogram, from zero."""
        start, top = self.across(left), self.down(height)
        width, tall = max(0.5, self.across(right) - start - 0.7), max(0.0, self.down(0) - top)
        return element("rect", x=start, y=top, width=width, height=tall, class_="column")

    def draw(self, name: str, title: str, description: str, *marks: str) -> Markup:
        """The whole drawing; the name makes its ids and comes from our own code."""
        return element(
            "svg",
            element("title", title, id=f"{name}-title"),
            element("desc", description, id=f"{name}-desc"),
            self._grid(),
            *marks,
            self._labels(),
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
            role="img",
            class_="plot",
            aria_labelledby=f"{name}-title {name}-desc",
        )

    def _grid(self) -> Markup:
        upright = (f"M{coordinate(self.across(value))} {_TOP}V{_BOTTOM}" for value in self.x.ticks)
        level = (f"M{_LEFT} {coordinate(self.down(value))}H{_RIGHT}" for value in self.y.ticks)
        frame = element("path", d=f"M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}", class_="axis")
        return joined(element("path", d="".join([*upright, *level]), class_="grid"), frame)

    def _labels(self) -> Markup:
        named = self.x_names or tuple(tick(value) for value in self.x.ticks)
        places = zip(named, self.x.ticks, strict=False)
        below = [_text(name, self.across(value), _BOTTOM + 16, "middle") for name, value in places]
        beside = [_text(tick(value), _LEFT - 7, self.down(value) + 4, "end") for value in self.y.ticks]
        x_name = _text(self.x_label, (_LEFT + _RIGHT) / 2, _HEIGHT - 8, "middle name")
        middle = coordinate((_TOP + _BOTTOM) / 2)
        y_name = element("text", self.y_label, transform=f"translate(13 {middle})rotate(-90)", class_="middle name")
        return joined(*below, *beside, x_name, y_name)


def _text(text: str, x: float, y: float, style: str) -> Markup:
    return element("text", text, x=x, y=y, class_=style)
