"""What a Python file imports, read from its source; nothing is run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.bundle.notebooks import python_of
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DYNAMIC = (b"import_module", b"__import__")


@dataclass(frozen=True)
class Import:
    """`from <level dots><module> import <names>`; a plain `import a.b` has no names."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


def imports_of(path: Path) -> tuple[Import, ...]:
    """Every import statement of the file, at any depth, and import_module("…") with a literal name."""
    source = path.read_bytes()
    tree = _parsed(path, source)
    found = list(_statements(tree))
    if any(word in source for word in _DYNAMIC):
        found += _dynamic(tree)
    return tuple(found)


def imports_of_notebook(path: Path) -> tuple[Import, ...]:
    """The same for a notebook's code cells; a cell that is no Python is passed over: IPython may understand it."""
    return tuple(found for source in python_of(path.read_bytes()) for found in _loosely(source))


def imports_if_python(path: Path) -> tuple[Import, ...]:
    """The same for a file that may be no Python this interpreter reads; nothing is found in one that is not."""
    return tuple(_loosely(path.read_bytes()))


def _loosely(source: str | bytes) -> Iterator[Import]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from _statements(tree)


def _parsed(path: Path, source: bytes) -> ast.Module:
    try:
        return ast.parse(source, filename=str(path))
    except SyntaxError as error:
        raise InvalidSpecError(
            f"{path}:{error.lineno or 1}:{error.offset or 1}: this is not valid Python",
            why=error.msg,
            fix="mend the line; no job was started",
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidSpecError(
            f"{path}: this is not valid Python", why=str(error) or type(error).__name__, fix="mend the file"
        ) from error


def _statements(tree: ast.AST) -> Iterator[Import]:
    # Only statements hold statements: leaving expressions out makes this ten times quicker than ast.walk.
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.module or "", tuple(alias.name for alias in node.names), node.level)
        else:
            for part in ("body", "orelse", "finalbody", "handlers", "cases"):
                below = getattr(node, part, ())
                waiting += below if isinstance(below, list) else ()


def _dynamic(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            name = node.args[0].value
            if called in ("import_module", "__import__") and isinstance(name, str) and not name.startswith("."):
                yield Import(name)
