"""Durations `10m`, sizes `4Gi`, percentages `10%`, written one way everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z%]*)")


def _split(value: object, what: str, units: Mapping[str, float]) -> tuple[float, str]:
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or found[2] not in units:
        wanted = ", ".join(unit for unit in units if unit)
        message = f"{str(value)[:40]!r} is not a {what}: write a number and one of {wanted}"
        raise ValueError(message)
    return float(found[1]), found[2]


def duration(value: object) -> float:
    """Seconds of `10m`, `90s`, `1.5h`; a number stands for seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    number, unit = _split(value, "duration", _SECONDS)
    return number * _SECONDS[unit]


def size(value: object) -> int:
    """Bytes of `4Gi` (binary) or `500M` (decimal); a number stands for bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    number, unit = _split(value, "size", _BYTES)
    return int(number * _BYTES[unit])


def fraction(value: object) -> float:
    """The fraction of `10%`, 0.1; a number stands for itself."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return _split(value, "percentage", {"%": 1})[0] / 100


def limit(value: object) -> float:
    """A limit as a plain number: `1%` is 0.01, `200ms` is 0.2 seconds, a number is itself."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    number, unit = _split(value, "limit", {"": 1.0, "%": 0.01, **_SECONDS})
    return number * {"": 1.0, "%": 0.01, **_SECONDS}[unit]


def duration_text(seconds: float) -> str:
    """The shortest exact spelling of a duration: 600 -> `10m`."""
    for unit, length in sorted(_SECONDS.items(), key=lambda pair: -pair[1]):
        if seconds >= length and (seconds / length).is_integer():
            return f"{int(seconds / length)}{unit}"
    return f"{seconds:g}s"


def size_text(number: int) -> str:
    """A size to read: 4294967296 -> `4Gi`, 1500 -> `1.5Ki`."""
    for unit in ("Ti", "Gi", "Mi", "Ki"):
        if number >= _BYTES[unit]:
            return f"{number / _BYTES[unit]:.4g}{unit}"
    return f"{number}"


# What an editor may accept where a quantity is written: the number itself, or text with a unit.
_DurationInput = Annotated[float, Field(ge=0)] | Annotated[str, Field(pattern=r"^\s*\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*$")]
_SizeInput = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^\s*\d+(\.\d+)?\s*([kMGT]|[KMGT]i)?\s*$")]
_FractionInput = Annotated[float, Field(ge=0, le=1)] | Annotated[str, Field(pattern=r"^\s*\d+(\.\d+)?\s*%\s*$")]
_LimitInput = float | Annotated[str, Field(pattern=r"^\s*\d+(\.\d+)?\s*(%|ms|s|m|h|d|w)?\s*$")]

Duration = Annotated[
    float,
    BeforeValidator(duration, json_schema_input_type=_DurationInput),
    Field(ge=0),
    PlainSerializer(duration_text, when_used="json"),
]
Size = Annotated[int, BeforeValidator(size, json_schema_input_type=_SizeInput), Field(ge=0)]
Fraction = Annotated[float, BeforeValidator(fraction, json_schema_input_type=_FractionInput), Field(ge=0, le=1)]
Limit = Annotated[float, BeforeValidator(limit, json_schema_input_type=_LimitInput)]
