from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mlops_cloud.recipes.schema import recipe_schema
from mlops_cloud.safety.yaml import load

REPOSITORY = Path(__file__).parents[3]
RECIPES = sorted((REPOSITORY / "recipes").glob("*/recipe.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(recipe_schema())


def errors(validator: Draft202012Validator, text: str) -> list[str]:
    return [error.message for error in validator.iter_errors(load(text, "recipe.yaml").data)]


def test_it_is_a_schema(validator: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(validator.schema)


def test_the_designs_example_is_valid(validator: Draft202012Validator, example: str) -> None:
    assert errors(validator, f"recipe: breast-cancer\n{example}") == []


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.parent.name)
def test_the_repositorys_recipes_are_valid(validator: Draft202012Validator, path: Path) -> None:
    assert errors(validator, path.read_text()) == []


@pytest.mark.parametrize(
    "step",
    [
        "{kind: processing, script: x.py, compute: {memory: 4Gi, cpu: 0.5, max_runtime: 90, disk: 1000}}",
        "{kind: processing, script: x.py, compute: {memory: '${{ vars.m }}', cpu: '${{vars.c}}'}}",
        "{kind: processing, command: [a, '${{ inputs.x }}'], inputs: {x: a.csv}, when: '${{ vars.w }}', after: a}",
        "{kind: processing, script: x.py, parameters: {a: 1, b: [x, 2]}, secrets: '${{ vars.list }}'}",
        "{kind: processing, script: x.py, native: {any: {thing: [1, {a: b}]}}}",
        "{kind: dataset, source: x.csv, split: {train: 80%, test: 0.2, method: '${{ vars.method }}'}}",
        "{kind: evaluation, model: 'm:1', data: x.csv, task: regression, gates: {mae: {max: '${{ vars.max }}'}}}",
        "{kind: model, model: x, alias: '${{ vars.alias }}'}",
        "{kind: endpoint, model: 'm@champion', ttl: 4h, canary: {steps: [10%, 1]}}",
    ],
)
def test_valid_steps(validator: Draft202012Validator, step: str) -> None:
    assert errors(validator, f"recipe: r\nsteps:\n  a: {step}\n") == []


@pytest.mark.parametrize(
    "step",
    [
        "{}",
        "{kind: unknown}",
        "{kind: tuning}",
        "{kind: processing}",
        "{kind: processing, script: x.py, command: y}",
        "{kind: processing, script: x.py, scirpt: x}",
        "{kind: processing, script: x.py, predictor: x.py}",
        "{kind: processing, script: x.py, compute: {memory: 4Gib}}",
        "{kind: processing, script: x.py, compute: {memry: 4Gi}}",
        "{kind: processing, script: x.py, compute: {cpu: many}}",
        "{kind: processing, script: x.py, compute: {cpu: 0}}",
        "{kind: processing, script: x.py, compute: {cpu: '${ vars.c }'}}",
        "{kind: processing, script: x.py, when: sometimes}",
        "{kind: processing, script: x.py, after: [1]}",
        "{kind: training, script: x.py, trust: all}",
        "{kind: dataset}",
        "{kind: dataset, source: x.csv, split: {method: randm}}",
        "{kind: evaluation, model: 'm:1', data: x.csv, task: guess}",
        "{kind: evaluation, model: 'm:1', data: x.csv, task: regression, gates: {acu: {min: 1}}}",
    ],
)
def test_wrong_steps_are_refused(validator: Draft202012Validator, step: str) -> None:
    assert errors(validator, f"recipe: r\nsteps:\n  a: {step}\n")


@pytest.mark.parametrize(
    "top",
    [
        "recipe: Not Legal",
        "recipe: r\nstep: {}",
        "recipe: r\nvars: {a: {b: 1}}",
        "recipe: r\nvars: {a: '${{ vars.b }}'}",
        "recipe: r\ndefaults: {script: x.py}",
        "recipe: r\ndefaults: {compute: {memry: 1}}",
        "recipe: r\ntargets: {t: {profil: x}}",
    ],
)
def test_a_wrong_top_is_refused(validator: Draft202012Validator, top: str) -> None:
    good = "steps: {a: {kind: processing, script: x.py}}\n"
    assert errors(validator, f"recipe: r\n{good}") == []
    assert errors(validator, f"{top}\n{good}")


def test_every_field_is_described(validator: Draft202012Validator) -> None:
    def undescribed(schema: Any, place: str) -> list[str]:
        if isinstance(schema, list):
            return [missing for index, inner in enumerate(schema) for missing in undescribed(inner, f"{place}.{index}")]
        if not isinstance(schema, dict):
            return []
        missing = [
            f"{place}.{name}" for name, field in schema.get("properties", {}).items() if "description" not in field
        ]
        inner = ((key, value) for key, value in schema.items() if key != "if")
        return missing + [each for key, value in inner for each in undescribed(value, f"{place}.{key}")]

    assert undescribed(validator.schema, "") == []
