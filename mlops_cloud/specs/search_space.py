"""The values that a tuning may give one parameter of a script."""

from __future__ import annotations

import json
import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import Scalar, Spec

_DIGITS = 10  # exp and log differ in the last bits between platforms: what is left is the same on all of them
_ALMOST = 1e-9  # of a step: 0.3 / 0.1 is less than 3
_FORMS = ("int", "float", "log", "choice")

_Number = Annotated[float, Field(allow_inf_nan=False)]
_WholeEnds = Annotated[tuple[int, ...], Field(min_length=2, max_length=2)]
_Ends = Annotated[tuple[_Number, ...], Field(min_length=2, max_length=2)]
_Distance = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Dimension(Spec):
    """What one parameter may be: whole numbers, numbers, numbers on a logarithmic scale, or a list of choices."""

    # Their names are the recipe's words; nothing else of this class may name a type by them.
    int: _WholeEnds | None = Field(default=None, description="Smallest and largest whole number, e.g. [2, 12].")
    float: _Ends | None = Field(default=None, description="Smallest and largest number, e.g. [0.1, 0.9].")
    log: _Ends | None = Field(default=None, description="The same on a logarithmic scale, both above 0.")
    choice: tuple[Scalar, ...] | None = Field(default=None, description="The values themselves.")
    step: _Distance | None = Field(default=None, description="Distance between the values of int: or float:.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        fault = _fault(self)
        if fault:
            raise ValueError(fault)
        return self


def count(dimension: Dimension) -> int | None:
    """How many values there are; None where there is another between any two."""
    if dimension.choice is not None:
        return len(dimension.choice)
    low, high = _ends(dimension)
    if low == high:
        return 1
    step = _step(dimension)
    return None if step is None else math.floor((high - low) / step + _ALMOST) + 1


def place_of(dimension: Dimension, share: float) -> float:
    """The place that a number from 0 up to 1 stands for, every value as likely as the next.

    It is counted from 0 where the values can be counted, else it is the share of the range itself.
    """
    values = count(dimension)
    return share if values is None else min(int(share * values), values - 1)


def value_at(dimension: Dimension, place: float) -> Scalar:
    """The value at a place."""
    if count(dimension) is None:
        return _between(dimension, place)
    index = int(place)
    if dimension.choice is not None:
        return dimension.choice[index]
    if dimension.int is not None:
        return dimension.int[0] + index * int(dimension.step or 1)
    low, high = _ends(dimension)
    return min(max(_short(low + index * (dimension.step or 0)), low), high)


def _between(dimension: Dimension, share: float) -> float:
    low, high = _ends(dimension)
    if dimension.log is None:
        value = low * (1 - share) + high * share
    else:
        value = math.exp(math.log(low) * (1 - share) + math.log(high) * share)
    return min(max(_short(value), low), high)


def _ends(dimension: Dimension) -> tuple[float, ...]:
    return dimension.int or dimension.float or dimension.log or (0.0, 0.0)


def _step(dimension: Dimension) -> float | None:
    return (dimension.step or 1.0) if dimension.int is not None else dimension.step


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _fault(dimension: Dimension) -> str:
    given = [form for form in _FORMS if getattr(dimension, form) is not None]
    if len(given) != 1:
        return f"give exactly one of int, float, log and choice (found {' and '.join(given) or 'none of them'})"
    if dimension.choice is not None:
        return _choice_fault(dimension.choice, stepped=dimension.step is not None)
    low, high = _ends(dimension)
    if low > high:
        return f"the smallest value stands first: {low:g} is more than {high:g}"
    if dimension.log is not None and low <= 0:
        return f"a logarithmic scale begins above 0, not at {low:g}"
    return _step_fault(dimension)


def _choice_fault(values: tuple[Scalar, ...], *, stepped: bool) -> str:
    if not values:
        return "choice has no values"
    if stepped:
        return "step belongs to int: or float:; a choice lists its values"
    written = [json.dumps(value) for value in values]
    if {"NaN", "Infinity", "-Infinity"}.intersection(written):
        return "a choice must be a number that JSON can write, not nan or inf"
    twice = next((text for text in written if written.count(text) > 1), "")
    return f"choice has {twice} twice" if twice else ""


def _step_fault(dimension: Dimension) -> str:
    step = dimension.step
    if step is None:
        return ""
    if dimension.log is not None:
        return "step belongs to int: or float:; on a logarithmic scale list the values as choice:"
    return f"step of int: must be a whole number, not {step:g}" if dimension.int and step % 1 else ""
