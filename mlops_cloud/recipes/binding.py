"""Values that steps have made, put where other steps refer to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.problems import Problems
from mlops_cloud.recipes.references import KEPT, Name, filled, walked
from mlops_cloud.recipes.validation import validated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.recipes.model import Step
    from mlops_cloud.recipes.problems import Path
    from mlops_cloud.specs.base import Spec


def bound(step: Step, outputs: Mapping[str, Mapping[str, object]]) -> Spec:
    """The step's spec with its references replaced; RecipeError names the place of what is missing or unfit."""
    problems = Problems()

    def on_text(at: Path, text: str) -> object:
        try:
            return filled(text, lambda name: _value(name, outputs))
        except ValueError as exc:
            problems.add(step.layers.problem(at, str(exc)))
            return text

    fields = walked(step.fields, (), on_text)
    problems.raise_if_any()
    spec, found = validated(step.spec_class, fields)
    for path, message, key in found:
        problems.add(step.layers.problem(path, message, key=key))
    problems.raise_if_any()
    if spec is None:
        message = f"step {step.name} has neither a spec nor a problem"
        raise AssertionError(message)
    return spec


def _value(name: Name, outputs: Mapping[str, Mapping[str, Any]]) -> object:
    if name.space != "steps":
        return KEPT
    step, path = output_path(name)
    value: Any = outputs.get(step, {})
    for index, part in enumerate(path):
        if not hasattr(value, "keys") or part not in value:
            known = list(value) if hasattr(value, "keys") else []
            said = ".".join(("steps", step, *path[: index + 1]))
            message = f"{said} was not made; {did_you_mean(part, known)}"
            raise ValueError(message)
        value = value[part]
    return value


def output_path(name: Name) -> tuple[str, tuple[str, ...]]:
    """The step and the path in what it offers; the name of a metric may hold points."""
    step, *path = name.parts
    if path[:1] == ["metrics"] and path[1:]:
        return step, ("metrics", ".".join(path[1:]))
    return step, tuple(path)
