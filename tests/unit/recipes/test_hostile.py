"""Whatever stands in a recipe, it loads or is refused with problems; nothing else ever comes out."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import RecipeError
from mlops_cloud.recipes import Recipe
from mlops_cloud.safety.yaml import load as load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = """
  shell:
    kind: processing
    command: python x.py ${{ inputs.rows }} ${{ outputs.o }}
    inputs: {rows: rows.csv}
    outputs: {o: o.txt}
    parameters: {a: [1, "${{ vars.seed }}"]}
    environment: {requirements: [scikit-learn]}
    code: ["*.txt"]
    when: true
    native: {any: {thing: 1}}
"""
VALUES: list[Any] = [
    None,
    True,
    -1,
    1e308,
    "",
    "x" * 5000,
    "a\0\n\u202eb",
    "${{",
    "${{ steps.a }}",
    "${{ steps.data.splits.train }}",
    "${{ vars.seed }} ${{ inputs.rows }}",
    [],
    [[]],
    [{"a": None}],
    {},
    {"": 1},
    {"a": {"b": [None]}},
]


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*at, key)
            yield from places(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield (*at, index)
            yield from places(value, (*at, index))


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_any_value_anywhere(files: Path, example: str, number: int) -> None:
    good: Any = load_yaml(f"recipe: breast-cancer\n{example}{COMMAND}", "x").data
    problems = []
    # Each value stands at every third place, the next value at the places beside those.
    for place in list(places(good))[number % 3 :: 3]:
        data = deepcopy(good)
        inner = data
        for part in place[:-1]:
            inner = inner[part]
        inner[place[-1]] = VALUES[number]
        (files / "recipe.yaml").write_text(json.dumps(data))
        problems += problems_of("recipe.yaml")
    assert len(problems) > 5
    assert [line for line in problems if not line.isprintable() or not line.startswith("recipe.yaml:")] == []


def problems_of(path: str) -> tuple[str, ...]:
    try:
        Recipe.load(path, target="prod", environ={})
    except RecipeError as exc:
        return exc.problems
    return ()
