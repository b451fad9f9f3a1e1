"""`--set vars.seed=3` and `--set steps.train.parameters.C=0.5`, read as the strongest layer of a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import RecipeError
from mlops_cloud.recipes.problems import Problem
from mlops_cloud.safety.names import shown
from mlops_cloud.safety.yaml import load
from mlops_cloud.safety.yaml_scalars import plain_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.recipes.problems import Problems

PLACES = ("vars", "steps", "defaults")


@dataclass(frozen=True, slots=True)
class Flags:
    """What flags set, nested as in the recipe."""

    vars: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)


def flags_of(sets: Sequence[tuple[str, str]], problems: Problems) -> Flags:
    """Read the flags, the later over the earlier; each problem names its flag."""
    flags = Flags()
    for place, text in sets:
        try:
            _put(flags, place, _value(text))
        except ValueError as exc:
            problems.add(Problem(0, 0, f"--set {place if place.isprintable() else shown(place)}: {exc}"))
    return flags


def _value(text: str) -> object:
    if not text.lstrip().startswith(("[", "{", '"', "'")):
        return plain_scalar(text)
    try:
        return load(text, "value").data
    except RecipeError as exc:
        raise ValueError(exc.what) from exc


def _put(flags: Flags, place: str, value: object) -> None:
    root, *path = place.split(".")
    if root not in PLACES:
        message = f"nothing is set at {shown(root)}; {did_you_mean(root, PLACES)}"
        raise ValueError(message)
    wanted = {"vars": "vars.NAME=VALUE", "steps": "steps.STEP.FIELD=VALUE", "defaults": "defaults.FIELD=VALUE"}[root]
    if not all(path) or len(path) < wanted.split("=")[0].count(".") or (root == "vars" and len(path) > 1):
        message = f"write {wanted}"
        raise ValueError(message)
    inner = getattr(flags, root)
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            message = f"an earlier flag gave {part} a value without fields"
            raise ValueError(message)
    inner[path[-1]] = value
