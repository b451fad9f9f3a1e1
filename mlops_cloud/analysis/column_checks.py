"""What one column may be expected to satisfy: each check finds the cells that break it, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.cells import boolean, has_type, number, timestamp
from mlops_cloud.analysis.patterns import Pattern
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack

EXPECTATIONS = ("type", "not_null", "unique", "min", "max", "one_of", "pattern", "max_age")
_TYPES = ("integer", "number", "boolean", "text", "timestamp")
_SHOWN = 10  # values of one_of in a message


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one column."""

    expectation: str
    fault: str
    """What the cells that break it hold: `values below 0`."""
    breaking: Callable[[Sequence[Any]], Sequence[int]]
    """The places of the cells that break it, among cells that are not missing."""
    at_end: Callable[[], str] = str
    """What is wrong with the column as a whole, or nothing."""


def checks_of(column: str, wanted: Mapping[str, Any], now: float, stack: ExitStack) -> list[Check]:
    """The checks of a column in the order of EXPECTATIONS; InvalidSpecError for one that nobody knows."""
    for name in wanted:
        if name not in EXPECTATIONS:
            raise InvalidSpecError(
                f"expect.columns.{column}: no expectation is named {name!r}", fix=f"use {', '.join(EXPECTATIONS)}"
            )
    makers: dict[str, Callable[[Any], Check]] = {
        "type": lambda kind: _type_check(column, kind),
        "not_null": lambda _: Check("not_null", "no value", _none),
        "unique": lambda _: _unique_check(),
        "min": lambda limit: _limit_check(column, "min", limit),
        "max": lambda limit: _limit_check(column, "max", limit),
        "one_of": lambda values: _one_of_check(column, values),
        "pattern": lambda text: _pattern_check(column, text, stack),
        "max_age": lambda seconds: _age_check(seconds, now),
    }
    given = {name: wanted.get(name) for name in EXPECTATIONS}
    return [makers[name](value) for name, value in given.items() if value is not None and value is not False]


def _none(_: Sequence[Any]) -> Sequence[int]:
    return ()


def _type_check(column: str, kind: Any) -> Check:  # noqa: ANN401
    if kind not in _TYPES:
        raise InvalidSpecError(f"expect.columns.{column}.type: {kind!r} is no type", fix=f"use {', '.join(_TYPES)}")
    return Check(
        "type",
        f"values that do not read as {kind}",
        lambda cells: [place for place, cell in enumerate(cells) if not has_type(cell, kind)],
    )


def _unique_check() -> Check:
    seen: set[Any] = set()

    def repeated(cells: Sequence[Any]) -> Sequence[int]:
        plain = [cell if cell.__hash__ else str(cell) for cell in cells]
        fresh = set(plain)
        if len(fresh) == len(plain) and seen.isdisjoint(fresh):
            seen.update(fresh)
            return ()
        places = []
        for place, cell in enumerate(plain):
            if cell in seen:
                places.append(place)
            seen.add(cell)
        return places

    return Check("unique", "values that repeat an earlier row's", repeated)


def _limit_check(column: str, side: str, limit: Any) -> Check:  # noqa: ANN401
    read: Callable[[Any], float | None] = timestamp if isinstance(limit, str) else number
    bound = read(limit)
    if bound is None:
        raise InvalidSpecError(
            f"expect.columns.{column}.{side}: {limit!r} is neither a number nor a time",
            fix="write a number, or an ISO 8601 time such as 2026-01-31",
        )
    at_least = side == "min"

    def beyond(cells: Sequence[Any]) -> Sequence[int]:
        values = map(read, cells)
        if at_least:
            return [place for place, value in enumerate(values) if value is None or not value >= bound]
        return [place for place, value in enumerate(values) if value is None or not value <= bound]

    shown = limit if isinstance(limit, str) else f"{limit:g}"
    kind = "time" if isinstance(limit, str) else "number"
    return Check(side, f"values {'below' if at_least else 'above'} {shown} or that are no {kind}", beyond)


def _one_of_check(column: str, values: Sequence[Any]) -> Check:
    if not values or isinstance(values, str):
        raise InvalidSpecError(f"expect.columns.{column}.one_of: give a list of values", fix="e.g. one_of: [yes, no]")
    read: Callable[[Any], Any] = str
    if all(isinstance(value, bool) for value in values):
        read = boolean
    elif all(isinstance(value, int | float) for value in values):
        read = number
    allowed = {read(value) for value in values}
    shown = ", ".join(str(value) for value in values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")
    return Check(
        "one_of",
        f"values other than {shown}",
        lambda cells: [place for place, cell in enumerate(cells) if read(cell) not in allowed],
    )


def _pattern_check(column: str, text: str, stack: ExitStack) -> Check:
    pattern = stack.enter_context(Pattern(text, f"expect.columns.{column}.pattern"))
    return Check(
        "pattern", f"values that do not match {text}", lambda cells: pattern.mismatches([str(cell) for cell in cells])
    )


def _age_check(seconds: float, now: float) -> Check:
    newest: list[float] = []

    def no_times(cells: Sequence[Any]) -> Sequence[int]:
        times = [timestamp(cell) for cell in cells]
        newest[:] = sorted([*newest, *(time for time in times if time is not None)])[-1:]
        return [place for place, time in enumerate(times) if time is None]

    def too_old() -> str:
        if not newest:
            return "it holds no time, so nothing is known of its age"
        age = now - newest[0]
        if age <= seconds:
            return ""
        shown = datetime.fromtimestamp(newest[0], UTC).isoformat(sep=" ", timespec="seconds")
        return f"its newest time, {shown}, is {age:,.0f} s old; at most {seconds:,.0f} s are expected"

    return Check("max_age", "values that are no time", no_times, too_old)
