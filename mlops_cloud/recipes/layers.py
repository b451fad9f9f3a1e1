"""Values laid over each other, and from which layer each of them came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mlops_cloud.recipes.problems import Path, Problem
from mlops_cloud.safety.yaml_problems import field_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.safety.yaml import Document


class Layer(Protocol):
    """Some values, and how to name the place of one."""

    @property
    def data(self) -> dict[str, Any]:
        """The values, nested."""

    def problem(self, path: Path, message: str, *, key: bool) -> Problem:
        """A problem with the value at `path`, or with its key."""


@dataclass(frozen=True, slots=True)
class DocumentLayer:
    """The values below one place of a document."""

    document: Document
    root: Path
    data: dict[str, Any]

    def problem(self, path: Path, message: str, *, key: bool) -> Problem:
        """Name file, line, column and the whole path."""
        whole = (*self.root, *path)
        place = self.document.key_position(whole) if key else self.document.position(whole)
        return Problem(*place, self.document.problem(whole, message, key=key))


@dataclass(frozen=True, slots=True)
class FlagLayer:
    """Values that a flag or a caller gave."""

    flag: str
    root: Path
    data: dict[str, Any]

    def problem(self, path: Path, message: str, *, key: bool) -> Problem:  # noqa: ARG002 - a flag has no columns
        """Name the flag and the whole path."""
        return Problem(0, 0, f"{self.flag} {field_of((*self.root, *path))}: {message}")


class Layers:
    """One step's layers, the weakest first; the first that is not empty is where missing things are reported."""

    __slots__ = ("_home", "_layers")

    def __init__(self, layers: Sequence[Layer], home: Layer) -> None:
        self._layers = layers
        self._home = home

    def merged(self) -> dict[str, Any]:
        """Key by key, the strongest wins; nothing of a layer is shared with what is returned."""
        result: dict[str, Any] = {}
        for layer in self._layers:
            result = merged(result, layer.data)
        return result

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """A problem, at the place of the strongest layer that has the value."""
        for layer in reversed(self._layers):
            if path and _has(layer.data, path):
                return layer.problem(path, message, key=key)
        return self._home.problem(path, message, key=key)


def merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, mappings inside them key by key."""
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        result[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return result


MISSING = object()


def child(data: object, part: str | int) -> object:
    """What stands under a key or an index of a nested value, or MISSING."""
    if isinstance(data, dict):
        return data.get(part, MISSING)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return MISSING


def _has(data: object, path: Path) -> bool:
    for part in path:
        data = child(data, part)
    return data is not MISSING
