"""The one way YAML is read: version 1.2's core schema, plain data, positions kept, hostile texts refused early."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from mlops_cloud.errors import RecipeError
from mlops_cloud.safety.yaml_build import Builder
from mlops_cloud.safety.yaml_problems import Problems, field_of
from mlops_cloud.safety.yaml_tree import locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlops_cloud.safety.yaml_tree import Data, Tree

MAX_BYTES = 1 << 20
# The characters that YAML 1.2 (5.1) allows, without a byte-order mark inside the text.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# Parsers compare each %TAG line with all before it: 90,000 of them fit into a mebibyte.
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)


class Document:
    """Plain data, and where each value of it stands."""

    __slots__ = ("_tree", "data", "name")

    def __init__(self, name: str, data: Data, tree: Tree | None) -> None:
        self.name = name
        self.data = data
        self._tree = tree

    def position(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Give line and column, both from 1, of a value; of the key of its nearest parent if it is missing."""
        return self._position(path, key=False)

    def key_position(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Give line and column, both from 1, of a value's key; of its nearest parent's if it is missing."""
        return self._position(path, key=True)

    def problem(self, path: Sequence[str | int], message: str, *, key: bool = False) -> str:
        """Make the line `name:line:column: field: message` about a value, or about its key."""
        line, column = self._position(path, key=key)
        field = field_of(path)
        return f"{self.name}:{line}:{column}: {field + ': ' if field else ''}{message}"

    def _position(self, path: Sequence[str | int], *, key: bool) -> tuple[int, int]:
        if self._tree is None:
            return 1, 1
        key_mark, value_mark, exists = locate(self._tree, path)
        mark = value_mark if exists and not key else key_mark
        return mark.line + 1, mark.column + 1


def load(text: str, name: str) -> Document:
    """Read one document; RecipeError holds each problem as `name:line:column: field: message`."""
    text = text.removeprefix("\ufeff")
    problems = Problems(text, name)
    _check_characters(text, problems)
    builder = Builder(text, problems)
    try:
        builder.consume(_events(text))
    except yaml.MarkedYAMLError as exc:
        raise problems.failure(exc, builder.path(), builder.path_before()) from exc
    except (yaml.YAMLError, ValueError, OverflowError) as exc:
        raise problems.fatal_at(0, f"this is not YAML: {exc}") from exc
    if problems:
        raise problems.error()
    return Document(name, builder.data, builder.tree)


def load_file(path: Path, name: str = "") -> Document:
    """Read one document from a file of at most 1 MiB of UTF-8; `name` is what problems call it."""
    name = name or str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise RecipeError([f"{name}:1:1: cannot be read: {reason}"]) from exc
    if len(content) > MAX_BYTES:
        raise RecipeError([f"{name}:1:1: larger than {MAX_BYTES} bytes"])
    try:
        return load(content.decode("utf-8"), name)
    except UnicodeDecodeError as exc:
        before = content[: exc.start].decode("utf-8")
        raise Problems(before, name).fatal_at(len(before), "this byte is not UTF-8") from exc


def _check_characters(text: str, problems: Problems) -> None:
    if len(text) > MAX_BYTES or (not text.isascii() and len(text.encode("utf-8", "replace")) > MAX_BYTES):
        raise problems.fatal_at(0, f"larger than {MAX_BYTES} bytes")
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        raise problems.fatal_at(forbidden.start(), f"the character {forbidden[0]!r} is not allowed")
    directive = _TAG_DIRECTIVE.search(text)
    if directive:
        raise problems.fatal_at(directive.start(), "%TAG is not allowed; leave tags out")


def _events(text: str) -> Iterator[Any]:
    # The parser of libyaml is ten times faster; both give the same events.
    parser: yaml.CSafeLoader | yaml.SafeLoader = (
        yaml.CSafeLoader(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)
    )
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()
