"""Which steps there are, and for each the layers of its fields: the recipe's, the target's, the flags'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.layers import MISSING, DocumentLayer, FlagLayer
from mlops_cloud.recipes.problems import Problem
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops_cloud.recipes.header import Header
    from mlops_cloud.recipes.layers import Layer
    from mlops_cloud.recipes.problems import Problems

# Points separate the parts of a reference.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_NAME_RULE = "cannot name a step: use a-z, 0-9, _ and -, first a letter, at most 63 characters"
_SHAPE = "a step is a mapping that begins with kind:"


class StepLayers:
    """The steps of the recipe and those that only the target has."""

    def __init__(self, header: Header, flags: Mapping[str, Any], problems: Problems) -> None:
        self._base = header.layer("steps")
        self._overlay = header.target_layer("steps")
        self._flags = flags
        self._problems = problems
        self.names = {**self._base.data, **self._overlay.data}.keys()
        if not self.names and header.says_no_steps:
            problems.add(self._base.problem((), "a recipe has at least one step", key=True))
        for name in [name for name in flags if name not in self.names]:
            message = f"--set steps.{shown(name)[1:-1]}: there is no such step; {did_you_mean(name, self.names)}"
            problems.add(Problem(0, 0, message))

    def __iter__(self) -> Iterator[tuple[str, Sequence[Layer], Layer]]:
        """Name, layers from the weakest up, and the one where missing fields are reported, of each step."""
        for name in self._base.data:
            if layer := self._layer(self._base, name):
                layers = [layer, self._layer(self._overlay, name), self._flag(name)]
                yield name, [each for each in layers if each is not None], layer
        for name in [name for name in self._overlay.data if name not in self._base.data]:
            if (layer := self._layer(self._overlay, name)) and self._is_new(layer, name):
                yield name, [layer, self._flag(name)], layer

    def _layer(self, steps: DocumentLayer, name: str) -> DocumentLayer | None:
        fields = steps.data.get(name, MISSING)
        if fields is MISSING:
            return None
        if not _NAME.fullmatch(name):
            self._problems.add(steps.problem((name,), f"{shown(name)} {_NAME_RULE}", key=True))
            return None
        if not isinstance(fields, dict):
            self._problems.add(steps.problem((name,), _SHAPE, key=True))
            return None
        return DocumentLayer(steps.document, (*steps.root, name), fields)

    def _flag(self, name: str) -> FlagLayer:
        fields = self._flags.get(name)
        return FlagLayer("--set", ("steps", name), fields if isinstance(fields, dict) else {})

    def _is_new(self, layer: DocumentLayer, name: str) -> bool:
        if "kind" in layer.data:
            return True
        known = did_you_mean(name, self._base.data)
        message = f"is no step of the recipe, and a new one needs kind:; {known}"
        self._problems.add(layer.problem((), message, key=True))
        return False
