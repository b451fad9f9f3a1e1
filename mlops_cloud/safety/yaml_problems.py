"""The problems of one text, each as `name:line:column: field: message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import RecipeError
from mlops_cloud.safety.names import shown
from mlops_cloud.safety.yaml_references import unquoted_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yaml.error import MarkedYAMLError

    from mlops_cloud.safety.yaml_tree import Mark

MAX_PROBLEMS = 20
MAX_PARTS = 12
_TOKENS = {
    "\t": "a tab cannot indent; use spaces",
    "@": "text that starts with '@' must be quoted",
    "`": "text that starts with '`' must be quoted",
    "%": "text that starts with '%' must be quoted",
}
_PLAIN = {
    "mapping values are not allowed": "a second ': ' on one line; quote the text or check the indentation",
    "did not find expected key": "a key was expected here; check the indentation of this line against those above",
    "expected <block end>": "a key was expected here; check the indentation of this line against those above",
    "could not find expected ':'": "a key without ': ' after it",
    "node content": "a value was expected here",
    "<document start>": "this cannot follow the value before it; check quotes and indentation",
    "unexpected end of stream": "a quote that is opened here is never closed",
    "did not find expected ',' or": "a bracket or brace that is opened here is not closed before this point",
    "expected ',' or": "a bracket or brace that is opened here is not closed before this point",
}


def field_of(path: Iterable[str | int]) -> str:
    """Write a path of keys and indexes as `steps.train.compute`, at most twelve parts of it."""
    parts = [str(part) for part in path]
    kept = [part if part.isprintable() and len(part) <= 80 else shown(part) for part in parts[:MAX_PARTS]]
    return ".".join(kept) + ("…" if len(parts) > MAX_PARTS else "")


class Problems:
    """Collects what is wrong with `text`, known to its reader as `name`."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._found: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, mark: Mark, path: Iterable[str], message: str) -> None:
        """Keep a problem and go on; the twenty-first ends the reading."""
        self._found.append(self._line(mark.line + 1, mark.column + 1, path, message))
        if len(self._found) > MAX_PROBLEMS:
            raise self.error()

    def error(self) -> RecipeError:
        """Make the error of the problems met so far."""
        return RecipeError(self._found)

    def fatal(self, mark: Mark, path: Iterable[str], message: str) -> RecipeError:
        """Make the error that ends the reading at `mark`, with the problems met before it."""
        return RecipeError([*self._found, self._line(mark.line + 1, mark.column + 1, path, message)])

    def fatal_at(self, index: int, message: str) -> RecipeError:
        """Make the error that ends the reading at a character of the text."""
        start = self._text.rfind("\n", 0, index) + 1
        line = self._text.count("\n", 0, index) + 1
        return RecipeError([*self._found, self._line(line, index - start + 1, (), message)])

    def reference(self, mark: Mark, brace: int, path: Iterable[str]) -> RecipeError | None:
        """Make the error for an unquoted reference whose braces start at index `brace`, if there is one."""
        found = unquoted_reference(self._text, brace)
        if found is None:
            return None
        column = mark.column + 1 - (mark.index - found[0])
        return RecipeError([*self._found, self._line(mark.line + 1, column, path, found[1])])

    def failure(self, exc: MarkedYAMLError, path: list[str], path_before: list[str]) -> RecipeError:
        """Make the error for text that the parser itself refuses; `path_before` leads to the value before it."""
        mark = exc.problem_mark or exc.context_mark
        if mark is None:
            return self.fatal_at(0, f"this is not YAML: {exc.problem}")
        return self.reference(mark, mark.index, path_before) or self._explained(exc, mark, path)

    def _explained(self, exc: MarkedYAMLError, mark: Mark, path: list[str]) -> RecipeError:
        problem = str(exc.problem or exc.context)
        if "cannot start any token" in problem:
            character = self._text[mark.index : mark.index + 1]
            return self.fatal(mark, path, _TOKENS.get(character, f"{shown(character)} cannot start a value"))
        message = next((ours for theirs, ours in _PLAIN.items() if theirs in problem), problem)
        if "opened here" not in message:
            return self.fatal(mark, path, message)
        opened = exc.context_mark or mark
        return self.fatal(
            opened, path, message.replace("this point", f"line {mark.line + 1}, column {mark.column + 1}")
        )

    def _line(self, line: int, column: int, path: Iterable[str], message: str) -> str:
        field = field_of(path)
        return f"{self._name}:{line}:{column}: {field + ': ' if field else ''}{message}"
