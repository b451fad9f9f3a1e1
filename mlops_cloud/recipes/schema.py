"""The JSON Schema of a recipe (draft 2020-12), for editors: made from the specs, so that it says what they say."""

from __future__ import annotations

from typing import Any

from mlops_cloud.recipes.vocabulary import DEFAULTS_FIELDS, ENTRY_FIELDS, KINDS, spec_class

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"$ref": "#/$defs/Reference"}
_DEFINITION = {
    "type": "string",
    "pattern": r"\$\{\{[^{}]*\}\}",
    "description": "A text with ${{ vars.NAME }} or ${{ steps.STEP.OUTPUT }} in it.",
}
# What pydantic leaves behind (`ge` is no keyword) or editors would insert word for word.
_DROPPED = ("title", "ge", "le", "default")
_SCALARS = ("string", "integer", "number", "boolean")
_STEP_FIELDS: Schema = {
    "after": {
        "description": "Steps that must have ended before, although nothing of them is taken.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "uniqueItems": True}],
    },
    "when": {
        "description": "false skips the step, and those that take its results.",
        "anyOf": [{"type": "boolean"}, _REFERENCE],
    },
}


def recipe_schema() -> Schema:
    """The schema of a whole recipe; references are allowed wherever a value is."""
    definitions = _definitions()
    steps = {f"{kind}-step": _step(kind, definitions[spec_class(kind).__name__]) for kind in KINDS}
    return {
        "$schema": DIALECT,
        "title": "mlops-cloud recipe",
        "description": "A machine-learning lifecycle: its steps, and what they run on.",
        "type": "object",
        "required": ["recipe", "steps"],
        "additionalProperties": False,
        "properties": _top(definitions["TrainingJob"]),
        "$defs": definitions | steps | {"Reference": _DEFINITION, "Step": _any_step(), "Var": _var()},
    }


def _definitions() -> dict[str, Schema]:
    from pydantic.json_schema import models_json_schema

    _, made = models_json_schema([(spec_class(kind), "validation") for kind in KINDS])
    definitions: dict[str, Schema] = {name: _opened(schema) for name, schema in made["$defs"].items()}
    return definitions


def _top(job: Schema) -> Schema:
    defaults = {field: job["properties"][field] for field in DEFAULTS_FIELDS}
    variables = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Var"}}
    name = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,62}$"}
    overlay = {"type": "object", "additionalProperties": {"type": "object"}}
    target = {
        "profile": {"type": "string", "description": "The profile of the configuration that this target runs on."},
        "vars": variables | {"description": "Values of vars, over those of the recipe."},
        "defaults": {"type": "object", "description": "Fields over those of the recipe's defaults."},
        "steps": overlay | {"description": "Step -> fields over those of the recipe; a new step has a kind."},
    }
    return {
        "recipe": name | {"description": "Its name, and the default one of its dataset, model, endpoint and monitor."},
        "description": {"type": "string", "description": "What it is for, in a sentence."},
        "requires": {"type": "string", "description": "The versions of mlops-cloud that can read it, e.g. >=0.1."},
        "vars": variables | {"description": "Values to refer to as ${{ vars.NAME }} and to set with --set vars.NAME=…"},
        "defaults": _object(defaults) | {"description": "Fields of every job step; what a step gives itself wins."},
        "targets": {
            "description": "Overlays by name, chosen by --target.",
            "type": "object",
            "additionalProperties": _object(target),
        },
        "steps": {
            "description": "Name -> step; the order follows from the references between them.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[a-z][a-z0-9_-]{0,62}$"},
            "additionalProperties": {"$ref": "#/$defs/Step"},
        },
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _var() -> Schema:
    scalar = {"type": ["string", "number", "boolean"], "not": _REFERENCE}
    environment = {
        "env": {"type": "string", "description": "The environment variable to read."},
        "default": {"type": ["string", "number", "boolean"], "description": "The value where it is not set."},
    }
    return {
        "description": "A value, a list of them, nothing (then it must be given), or {env: NAME}.",
        "anyOf": [
            scalar,
            {"type": "null"},
            {"type": "array", "items": scalar},
            _object(environment) | {"required": ["env"]},
        ],
    }


def _any_step() -> Schema:
    # With if and then an editor names the wrong field; of a oneOf it can only say that nothing matched.
    by_kind = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/$defs/{kind}-step"}} for kind in KINDS
    ]
    kinds = {"enum": list(KINDS), "description": "What kind of step it is."}
    return {"type": "object", "required": ["kind"], "properties": {"kind": kinds}, "allOf": by_kind}


def _step(kind: str, spec: Schema) -> Schema:
    schema = {
        "type": "object",
        "description": spec["description"],
        "additionalProperties": False,
        "required": ["kind", *(field for field in spec.get("required", ()) if field != "name")],
        "properties": {
            "kind": {"const": kind, "description": spec["description"]},
            **spec["properties"],
            **_STEP_FIELDS,
        },
    }
    if set(ENTRY_FIELDS) <= spec["properties"].keys():
        schema["oneOf"] = [{"required": [field]} for field in ENTRY_FIELDS]
    return schema


def _opened(schema: Schema) -> Schema:
    """The same schema that takes a reference in the place of every value."""
    kept = {key: value for key, value in schema.items() if key not in _DROPPED}
    if "properties" in kept:
        kept["properties"] = {name: _opened(inner) for name, inner in kept["properties"].items()}
    for key in ("additionalProperties", "items"):
        if isinstance(kept.get(key), dict):
            kept[key] = _opened(kept[key])
    return _with_reference(kept)


def _with_reference(schema: Schema) -> Schema:
    arms = _arms(schema)
    takes_text = any(arm.get("type") == "string" and not arm.keys() & {"enum", "pattern", "const"} for arm in arms)
    takes_values = any(arm.get("type") in (*_SCALARS, "array") or "enum" in arm for arm in arms)
    if takes_text or not takes_values:
        return schema
    description = {"description": schema["description"]} if "description" in schema else {}
    return {**description, "anyOf": [*arms, _REFERENCE]}


def _arms(schema: Schema) -> list[Schema]:
    """The alternatives of a schema, those inside them too."""
    if "anyOf" in schema:
        return [arm for inner in schema["anyOf"] for arm in _arms(_opened_items(inner))]
    return [{key: value for key, value in schema.items() if key != "description"}]


def _opened_items(schema: Schema) -> Schema:
    inner = {key: value for key, value in schema.items() if key not in _DROPPED}
    return inner | {"items": _opened(inner["items"])} if isinstance(inner.get("items"), dict) else inner
