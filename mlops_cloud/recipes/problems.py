"""All that is wrong with a recipe, told at once and in the order of the file."""

from __future__ import annotations

from typing import NamedTuple

from mlops_cloud.errors import RecipeError

MAX_PROBLEMS = 50

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One line of a RecipeError; line and column are 0 when it lies in a flag."""

    line: int
    column: int
    text: str


class Problems:
    """Collects problems; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, problem: Problem) -> None:
        """Keep a problem and go on."""
        self._found[problem] = None

    def raise_if_any(self) -> None:
        """RecipeError with all that was found."""
        if self._found:
            lines = [problem.text for problem in sorted(self._found, key=lambda problem: problem[:2])]
            left = len(lines) - MAX_PROBLEMS
            raise RecipeError([*lines[:MAX_PROBLEMS], *([f"… and {left} more"] if left > 0 else [])])
