"""Scales of drawings: ranges and ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROUND = (1, 2, 2.5, 5, 10)
_INTERVALS = 5
_SMALLEST = 1e-12
"""Spans below this part of the numbers themselves are rounding errors."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values that begins and ends at a tick."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Round numbers from one end to the other."""
        return [self.low + index * self.step for index in range(round((self.high - self.low) / self.step) + 1)]

    def share(self, value: float) -> float:
        """Where in the range a value is, 0 to 1; what is outside is at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True)
class LogAxis(Axis):
    """A range from one power of ten to another; the step is the factor between ticks."""

    @property
    def ticks(self) -> list[float]:
        """Powers of ten, in few enough steps to read."""
        decades = round(math.log(self.high / self.low, self.step))
        return [self.low * self.step**index for index in range(decades + 1)]

    def share(self, value: float) -> float:
        """Where in the range a value is, 0 to 1; what is outside is at the end."""
        held = min(self.high, max(self.low, value))
        return math.log(held / self.low) / math.log(self.high / self.low)


UNIT = Axis(0.0, 1.0, 0.2)


def axis_of(values: Iterable[float], intervals: int = _INTERVALS) -> Axis:
    """The narrowest range between ticks that holds all values; the unit range for none."""
    held = list(values)
    if not held:
        return UNIT
    low, high = min(held), max(held)
    if high - low <= max(abs(low), abs(high), _SMALLEST) * _SMALLEST:
        margin = abs(low) / 2 or 1.0
        low, high = low - margin, high + margin
    step = _step((high - low) / intervals)
    return Axis(math.floor(low / step + _SMALLEST) * step, math.ceil(high / step - _SMALLEST) * step, step)


def log_axis_of(values: Iterable[float], intervals: int = _INTERVALS) -> LogAxis:
    """The narrowest range between powers of ten that holds all values, which are above 0."""
    powers = [math.log10(value) for value in values]
    low, high = math.floor(min(powers) + _SMALLEST), math.ceil(max(powers) - _SMALLEST)
    decades = math.ceil(max(1, high - low) / intervals)
    steps = math.ceil(max(1, high - low) / decades)
    return LogAxis(10.0**low, 10.0 ** (low + steps * decades), 10.0**decades)


def _step(least: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in _ROUND if factor * power >= least * (1 - _SMALLEST))
