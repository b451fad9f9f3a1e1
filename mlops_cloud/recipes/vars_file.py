"""A file of vars, `--vars-file de.yaml`: a flat mapping, laid over the vars of the recipe and its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.recipes.layers import DocumentLayer
from mlops_cloud.safety.yaml import load_file

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.recipes.problems import Problems


def vars_file(path: Path, problems: Problems) -> DocumentLayer:
    """Its values; every problem names file, line and column, and RecipeError is raised for what is no YAML at all."""
    document = load_file(path)
    values = document.data if isinstance(document.data, dict) else {}
    layer = DocumentLayer(document, (), {name: value for name, value in values.items() if not isinstance(value, dict)})
    if not values:
        problems.add(layer.problem((), "holds no vars: write a line `NAME: VALUE` for each", key=False))
    for name in values.keys() - layer.data.keys():
        problems.add(layer.problem((name,), "must be a plain value: a file of vars is flat", key=False))
    return layer
