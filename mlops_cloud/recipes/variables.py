"""The vars of a recipe: declared in the file, overlaid by the target, then by flags; some from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.references import OPENING
from mlops_cloud.safety.yaml_scalars import plain_scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.recipes.layers import Layer
    from mlops_cloud.recipes.problems import Problems

Value = bool | int | float | str | list[Any]


class Variables:
    """Resolves each var once, from the strongest layer that has it."""

    def __init__(self, layers: Sequence[Layer], environ: Mapping[str, str], problems: Problems) -> None:
        self._layers = layers
        self._environ = environ
        self._problems = problems
        self.values: dict[str, Value] = {}
        self.declared = dict.fromkeys(name for layer in layers[:2] for name in layer.data)

    def resolve(self) -> None:
        """Fill `values`; every problem is kept."""
        for layer in self._layers[2:]:
            for name in layer.data:
                if name not in self.declared:
                    message = f"the recipe declares no var of this name; {did_you_mean(name, self.declared)}"
                    self._problems.add(layer.problem((name,), message, key=True))
        for name in self.declared:
            self._resolve(name)

    def _resolve(self, name: str) -> None:
        layer = next(layer for layer in reversed(self._layers) if name in layer.data)
        try:
            self.values[name] = self._checked(name, layer.data[name])
        except ValueError as exc:
            self._problems.add(layer.problem((name,), str(exc), key=False))

    def _checked(self, name: str, value: object) -> Value:
        if not name.replace("-", "_").isidentifier():
            message = "a var's name is made of letters, digits, _ and -, and starts with a letter"
            raise ValueError(message)
        if isinstance(value, dict):
            value = self._from_environment(name, value)
        if value is None:
            message = f"has no value; give one with --set vars.{name}=…"
            raise ValueError(message)
        _refuse_references(value)
        return value  # type: ignore[return-value]

    def _from_environment(self, name: str, declared: dict[str, Any]) -> object:
        if not isinstance(declared.get("env"), str) or declared.keys() - {"env", "default"}:
            message = "must be a value, or {env: NAME} with default: if wanted"
            raise ValueError(message)
        variable = declared["env"]
        if variable in self._environ:
            return plain_scalar(self._environ[variable])
        if "default" in declared:
            return declared["default"]
        message = f"the environment variable {variable} is not set; set it, or give --set vars.{name}=…"
        raise ValueError(message)


def _refuse_references(value: object) -> None:
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, (bool, int, float, str)):
            message = "must be a number, a text, true, false, or a list of them"
            raise ValueError(message)
        if isinstance(each, str) and OPENING in each:
            message = "a var is a plain value; it cannot hold a reference"
            raise ValueError(message)
