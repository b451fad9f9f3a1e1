"""Plain data out of YAML, and beside it where each value stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.safety.yaml_scalars import Scalar

Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"


class Mark(Protocol):
    """A place in the text, in characters from 0; both of the parser's own classes are like it."""

    line: int
    column: int
    index: int


class Mapping:
    """Where a mapping starts, and of each key its own mark and what stands under it."""

    __slots__ = ("children", "mark")

    def __init__(self, mark: Mark, children: dict[str, tuple[Mark, Tree]]) -> None:
        self.mark = mark
        self.children = children


class Items:
    """Where a sequence starts, and what stands in it."""

    __slots__ = ("children", "mark")

    def __init__(self, mark: Mark, children: list[Tree]) -> None:
        self.mark = mark
        self.children = children


Tree: TypeAlias = "Mapping | Items | Mark"


def locate(tree: Tree, path: Sequence[str | int]) -> tuple[Mark, Mark, bool]:
    """Follow `path` as far as it exists: the last key's mark, the last value's mark, whether all of it exists."""
    key = value = mark_of(tree)
    for element in path:
        if isinstance(tree, Mapping) and str(element) in tree.children:
            key, tree = tree.children[str(element)]
        elif isinstance(tree, Items) and isinstance(element, int) and 0 <= element < len(tree.children):
            tree = tree.children[element]
            key = mark_of(tree)
        else:
            return key, value, False
        value = mark_of(tree)
    return key, value, True


def mark_of(tree: Tree) -> Mark:
    """Tell where a value starts."""
    return tree.mark if isinstance(tree, (Mapping, Items)) else tree


def moved(tree: Tree, mark: Mark) -> Tree:
    """Give the same tree standing at `mark`, as an alias does."""
    if isinstance(tree, Mapping):
        return Mapping(mark, tree.children)
    return Items(mark, tree.children) if isinstance(tree, Items) else mark


def copied(data: Data) -> Data:
    """Copy what an alias stands for, so that changing one place never changes the other."""
    if isinstance(data, dict):
        return {key: copied(value) for key, value in data.items()}
    return [copied(value) for value in data] if isinstance(data, list) else data
