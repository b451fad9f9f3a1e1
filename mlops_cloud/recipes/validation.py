"""A step's fields against its spec: pydantic's problems in the words of a recipe, with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.layers import MISSING, child
from mlops_cloud.recipes.references import OPENING
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from mlops_cloud.recipes.problems import Path
    from mlops_cloud.specs.base import Spec

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}


def validated(spec: type[Spec], fields: dict[str, Any]) -> tuple[Spec | None, list[tuple[Path, str, bool]]]:
    """The spec, or (path, message, whether its key is meant) of each problem.

    Where a reference to another step stands its value is not known yet, so nothing is said about it; a spec that
    cannot be made without it is None.
    """
    from pydantic import ValidationError

    try:
        return spec.model_validate(fields), []
    except ValidationError as exc:
        return None, list(_problems(spec, fields, exc))


def _problems(spec: type[Spec], fields: dict[str, Any], exc: ValidationError) -> Iterator[tuple[Path, str, bool]]:
    grouped: dict[Path, list[ErrorDetails]] = {}
    for error in exc.errors(include_url=False):
        path = _path_in(fields, error)
        if not _awaits_a_reference(fields, path):
            grouped.setdefault(path, []).append(error)
    for path, errors in grouped.items():
        yield path, _message(spec, path, errors), errors[0]["type"] == "extra_forbidden" or "[key]" in errors[0]["loc"]


def _path_in(data: object, error: ErrorDetails) -> Path:
    """The error's place without the names that pydantic gives to the arms of a union."""
    path: list[str | int] = []
    for part in error["loc"]:
        inner = child(data, part)
        if inner is not MISSING:
            data = inner
        elif not (error["type"] == "missing" and part == error["loc"][-1]):
            continue
        path.append(part)
    return tuple(path)


def _awaits_a_reference(data: object, path: Path) -> bool:
    for part in path:
        data = child(data, part)
    return isinstance(data, str) and OPENING in data


def _message(spec: type[Spec], path: Path, errors: Sequence[ErrorDetails]) -> str:
    error = errors[0]
    if error["type"] == "extra_forbidden":
        parent = fields_at(spec, path[:-1])
        return f"unknown field; {did_you_mean(str(path[-1]), parent)}"
    if error["type"] == "missing":
        return f"is required: {fields_at(spec, path[:-1])[str(path[-1])]}"
    expected = [_EXPECTED[each["type"]] for each in errors if each["type"] in _EXPECTED]
    if len(expected) == len(errors):
        return f"must be {' or '.join(dict.fromkeys(expected))}, not {_found(error['input'])}"
    others = [each for each in errors if each["type"] not in _EXPECTED]
    return "; ".join(dict.fromkeys(_told(each) for each in others))


def _told(error: ErrorDetails) -> str:
    if error["type"] == "literal_error":
        choices = str(error.get("ctx", {}).get("expected", ""))
        return f"must be {choices}, not {_found(error['input'])}"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    own = error["type"] == "value_error" or isinstance(error["input"], (dict, list))
    return message if own else f"{message}, not {_found(error['input'])}"


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return shown(value, 60) if isinstance(value, str) else str(value)[:60]


def fields_at(spec: type[Spec], path: Path) -> dict[str, str]:
    """Field -> description of the spec that stands at a path inside another; empty where anything goes."""
    found = _model_at(spec, path)
    return {name: field.description or "" for name, field in found.model_fields.items()} if found else {}


def _model_at(annotation: Any, path: Path) -> type[Spec] | None:  # noqa: ANN401 - any type annotation
    fields = getattr(annotation, "model_fields", None)
    if fields is not None:
        if not path:
            return annotation  # type: ignore[no-any-return]
        return _model_at(fields[path[0]].annotation, path[1:]) if path[0] in fields else None
    return next((found for arm, rest in _inside(annotation, path) if (found := _model_at(arm, rest))), None)


def _inside(annotation: Any, path: Path) -> list[tuple[Any, Path]]:  # noqa: ANN401 - any type annotation
    origin, arms = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return [(arms[0], path)]
    if origin in (dict, tuple):
        return [(arms[-1] if origin is dict else arms[0], path[1:])] if path else []
    # `X | None` has an origin of its own, which is no class that `Union` equals.
    is_union = origin is Union or type(annotation).__name__ == "UnionType"
    return [(arm, path) for arm in arms] if is_union else []
