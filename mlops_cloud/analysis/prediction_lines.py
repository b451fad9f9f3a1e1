"""Predictions as lines of CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mlops_cloud.analysis.answers import label
from mlops_cloud.analysis.cells import type_of
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops_cloud.analysis.answers import Answers
    from mlops_cloud.analysis.cells import ColumnType

PREDICTION = "prediction"
"""The column of the model's answers."""
_PROBABILITY = "probability_"
_SPECIAL = ',"\n\r'
"""What makes quotes necessary."""


def column_names(carried: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The output's columns: those carried along, the prediction, a probability for each class."""
    own = [PREDICTION, *(f"{_PROBABILITY}{name}" for name in classes)]
    twice = [name for name in own if name in carried]
    if twice:
        raise InvalidSpecError(f"columns: {twice[0]!r} would stand there twice", fix="leave it out of columns")
    return [*carried, *own]


def header(names: Sequence[str]) -> str:
    """The first line."""
    return ",".join(map(quoted, names)) + "\n"


@dataclass(frozen=True, slots=True)
class Predicted:
    """The answers to one chunk."""

    cells: list[str]
    """Classes by their names, numbers so that they read back the same, nothing for NaN and None."""
    numbers: list[float] | None
    """The answers themselves, when they are numbers and not classes."""
    kind: ColumnType | None
    """None when every cell is empty."""


def predicted(answers: Answers) -> Predicted:
    """The answers as cells."""
    given = answers.given
    classifies = bool(answers.classes)
    kinds = set(map(type, given))
    if kinds == {float} and not classifies:
        return Predicted(_numbers(given), given, "number")
    if len(kinds) == 1 and kinds <= {str, int, bool, float}:
        known = {value: _cell(value, classifies=classifies) for value in set(given)}
        return Predicted(list(map(known.__getitem__, given)), None, _kind(known.values()))
    cells = [_cell(value, classifies=classifies) for value in given]
    return Predicted(cells, None, _kind(set(cells)))


def _kind(cells: Iterable[str]) -> ColumnType | None:
    held = [cell for cell in cells if cell]
    return type_of(held) if held else None


def lines(carried: Sequence[Sequence[str | None]], predictions: list[str], answers: Answers, classes: list[str]) -> str:
    """A line for each row, in the order of `column_names`; the classes are those of the first chunk."""
    columns = [*map(_carried, carried), predictions, *_probabilities(answers, classes)]
    if len(columns) == 1:
        # Readers skip a blank line.
        return "\n".join(predictions if all(predictions) else [cell or '""' for cell in predictions]) + "\n"
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def quoted(text: str) -> str:
    """One cell of text; an empty text is told from nothing."""
    if any(mark in text for mark in _SPECIAL) or not text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _carried(cells: Sequence[str | None]) -> Sequence[str]:
    if all(cells):
        filled = cast("Sequence[str]", cells)
        joined = "".join(filled)
        if not any(mark in joined for mark in _SPECIAL):
            return filled
    return ["" if cell is None else quoted(cell) for cell in cells]


def _probabilities(answers: Answers, classes: list[str]) -> list[list[str]]:
    if not classes or answers.ranking is None:
        return []
    new = [name for name in answers.classes if name not in classes]
    if new:
        raise InvalidSpecError(
            f"predict() names the class {new[0]!r}, which the rows before did not know",
            fix="let every answer name all classes",
        )
    places = {name: place for place, name in enumerate(answers.classes)}
    rows = len(answers.given)
    return [
        _numbers(answers.ranking[:, places[name]].tolist()) if name in places else ["0.0"] * rows for name in classes
    ]


def _numbers(values: Sequence[float]) -> list[str]:
    cells = list(map(repr, values))
    return ["" if cell == "nan" else cell for cell in cells] if "nan" in cells else cells


def _cell(value: Any, *, classifies: bool) -> str:  # noqa: ANN401 - whatever a predict() answers
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) or classifies:
        return quoted(label(value))
    if isinstance(value, (bool, int, float)):
        return repr(value)
    raise InvalidSpecError(
        f"predict() answers with a {type(value).__name__}",
        fix="answer each row with one text or number, or a dict of class: probability",
    )
