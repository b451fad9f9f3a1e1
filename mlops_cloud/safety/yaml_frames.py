"""The collections that are open while a document is read, and what an anchor stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.safety.yaml_tree import Items, Mapping

if TYPE_CHECKING:
    from mlops_cloud.safety.yaml_tree import Data, Mark, Tree


class Anchored:
    """A finished value with its number of nodes and its height, both counted with its aliases written out."""

    __slots__ = ("data", "height", "size", "tree")

    def __init__(self, data: Data, tree: Tree, size: int, height: int) -> None:
        self.data = data
        self.tree = tree
        self.size = size
        self.height = height


class OpenMapping:
    """A mapping being read, with the key whose value comes next."""

    __slots__ = ("anchor", "before", "data", "height", "key", "key_mark", "tree")

    def __init__(self, mark: Mark, anchor: str | None, before: int) -> None:
        self.anchor = anchor
        self.before = before
        self.height = 0
        self.data: dict[str, Data] = {}
        self.tree = Mapping(mark, {})
        self.key: str | None = None
        self.key_mark = mark

    def add(self, value: Data, tree: Tree) -> None:
        """Put a finished value under the key that waits for it."""
        key, self.key = self.key, None
        # A key met twice was reported when it was read; the first one stays.
        if key is not None and key not in self.data:
            self.data[key] = value
            self.tree.children[key] = (self.key_mark, tree)

    def place(self) -> str | None:
        """Name the child being read, if one is."""
        return self.key

    def last_place(self) -> str | None:
        """Name the child read last."""
        return next(reversed(self.data), None)


class OpenSequence:
    """A sequence being read."""

    __slots__ = ("anchor", "before", "data", "height", "tree")

    def __init__(self, mark: Mark, anchor: str | None, before: int) -> None:
        self.anchor = anchor
        self.before = before
        self.height = 0
        self.data: list[Data] = []
        self.tree = Items(mark, [])

    def add(self, value: Data, tree: Tree) -> None:
        """Append a finished value."""
        self.data.append(value)
        self.tree.children.append(tree)

    def place(self) -> str | None:
        """Number the child being read."""
        return str(len(self.data))

    def last_place(self) -> str | None:
        """Number the child read last."""
        return str(len(self.data) - 1) if self.data else None


Open = OpenMapping | OpenSequence
