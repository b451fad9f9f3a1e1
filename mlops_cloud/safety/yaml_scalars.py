"""Plain scalars as the core schema of YAML 1.2 reads them: `no` is text, `012` is 12, dates are text."""

from __future__ import annotations

import math
import re

# Python itself refuses to print integers of more than 4300 digits; no number of a recipe is near this.
NUMBER_LIMIT = 400

Scalar = str | int | float | bool | None

_FIRST = frozenset("+-.0123456789tTfFnN~")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),)}


def plain_scalar(text: str) -> Scalar:
    """Give the value that unquoted text stands for; ValueError for a number too large to keep exactly."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _FLOAT.fullmatch(text) or _BASED.fullmatch(text):
        return _number(text)
    return text


def tagged_scalar(text: str, kind: str) -> Scalar:
    """Give the value of `!!kind text`; ValueError if the text is not of that kind."""
    if kind == "str":
        return text
    value = plain_scalar(text)
    kinds = _KINDS.get(kind, ())
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind != "bool"):
        message = f"this is not a !!{kind}"
        raise ValueError(message)
    return float(value) if kind == "float" and value is not None else value


def _number(text: str) -> int | float:
    if len(text) > NUMBER_LIMIT:
        message = f"a number of {len(text)} characters is too long; quote it if it is text"
        raise ValueError(message)
    if _INT.fullmatch(text):
        return int(text)
    if text[1:2] in {"o", "x"}:
        return int(text[2:], 8 if text[1] == "o" else 16)
    value = float(text)
    if math.isinf(value):
        message = f"{text} is too large for a number; quote it if it is text"
        raise ValueError(message)
    return value
