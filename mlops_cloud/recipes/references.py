"""`${{ steps.x.y }}` and its kin: find them in texts, put values in their place, refuse everything else in `${{`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.recipes.problems import Path

OPENING = "${{"
SPACES = ("steps", "vars", "inputs", "outputs", "parameters")
_REFERENCE = re.compile(r"\$\{\{([^{}]*)\}\}")
_NAME = re.compile(r"\s*([a-z]+)\.([A-Za-z_][^\s.{}]*(?:\.[^\s.{}]+)*)\s*")


class Name(NamedTuple):
    """What stands inside `${{ }}`, split at its points."""

    space: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One value that a step takes from another."""

    at: Path
    """Where in the step's fields it stands."""
    step: str
    path: tuple[str, ...]
    """What of the other step: ("outputs", "table"), ("metrics", "auc"), ("model",)."""

    def __str__(self) -> str:
        return ".".join(("steps", self.step, *self.path))


class Kept:
    """The answer for a reference that stays as it is written."""


KEPT = Kept()


def filled(text: str, value_of: Callable[[Name], object], quote: Callable[[str], str] = str) -> object:
    """The text with its references replaced; one reference alone keeps the type of its value.

    ValueError for `${{` that is no reference.
    """
    if OPENING not in text:
        return text
    alone = _REFERENCE.fullmatch(text)
    if alone:
        value = value_of(name_in(alone[1]))
        return text if value is KEPT else value
    if _REFERENCE.sub("", text).find(OPENING) >= 0:
        message = f"{shown(text[text.rfind(OPENING) :], 40)} is not closed by }}}}"
        raise ValueError(message)
    return _REFERENCE.sub(lambda match: _embedded(match, value_of, quote), text)


def name_in(inside: str) -> Name:
    """Split what stands inside `${{ }}`; ValueError when it is an expression or unknown."""
    found = _NAME.fullmatch(inside)
    if found and found[1] in SPACES:
        return Name(found[1], tuple(found[2].split(".")))
    whole = shown("${{" + inside + "}}", 60)
    message = (
        f"{whole} is no reference: write ${{{{ vars.NAME }}}} or ${{{{ steps.STEP.OUTPUT }}}}, without expressions"
    )
    raise ValueError(message)


def walked(value: Any, at: Path, on_text: Callable[[Path, str], object]) -> Any:  # noqa: ANN401 - any YAML value
    """Copy nested values with every text replaced by what `on_text` gives for it."""
    if isinstance(value, str):
        return on_text(at, value) if OPENING in value else value
    if isinstance(value, dict):
        return {key: walked(inner, (*at, key), on_text) for key, inner in value.items()}
    if isinstance(value, list):
        return [walked(inner, (*at, index), on_text) for index, inner in enumerate(value)]
    return value


def as_text(value: object) -> str:
    """A value inside a longer text, written as YAML writes it: true, 7, 0.5."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    message = f"a {type(value).__name__} cannot stand inside a text; let the reference be the whole value"
    raise ValueError(message)


def _embedded(match: re.Match[str], value_of: Callable[[Name], object], quote: Callable[[str], str]) -> str:
    value = value_of(name_in(match[1]))
    return match[0] if value is KEPT else quote(as_text(value))
