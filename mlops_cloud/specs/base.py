"""The base of every spec, and how a spec names something that exists already."""

from __future__ import annotations

import re
from typing import Annotated, Any, Protocol, Self, runtime_checkable

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import check_name

_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,62}")


class Spec(BaseModel):
    """Frozen; an unknown field is an error; building the validator waits for the first use."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, use_attribute_docstrings=False)

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - pydantic's own signature
        try:
            super().__init__(**fields)
        except ValidationError as exc:
            raise invalid(type(self).__name__, exc) from exc

    # Otherwise pydantic calls it for nested specs too, and the first wrong one hides all others and its own place.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _nulls_are_absent(cls, data: Any) -> Any:  # noqa: ANN401 - raw input
        # `key:` with nothing after it is how YAML spells "not given".
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data

    def content(self) -> dict[str, Any]:
        """The fields that were given, as plain JSON values: the part of a cache key a spec adds."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def with_changes(self, **changes: object) -> Self:
        """The same spec with some fields replaced; unlike `model_copy`, the new values are trusted typed values."""
        return self.model_copy(update=changes)


def invalid(what: str, exc: ValidationError) -> InvalidSpecError:
    """Pydantic's list of problems as one of our errors, a line each."""
    lines = [f"{what}: {'.'.join(map(str, error['loc'])) or 'value'}: {error['msg']}" for error in exc.errors()]
    return InvalidSpecError("\n".join(lines))


@runtime_checkable
class Referable(Protocol):
    """A result that a spec can take as an input."""

    def reference(self) -> str:
        """The one string that names it for good, e.g. `dataset://churn/<version>`."""


def _as_reference(value: object) -> object:
    # Asking a protocol takes ten times as long as all else about a text.
    return value.reference() if not isinstance(value, str) and isinstance(value, Referable) else value


def _as_name(value: str) -> str:
    # Pydantic collects ValueErrors with their place; our own class would end the validation at once.
    try:
        return check_name(value, "resource")
    except InvalidSpecError as exc:
        raise ValueError("; ".join(part for part in (exc.what, exc.fix) if part)) from exc


def _as_port(value: str) -> str:
    if not value.isidentifier() or len(value) > 63:  # the longest name every platform takes
        message = f"{value[:80]!r} must be a Python identifier of at most 63 characters: it becomes MLOPS_INPUT_<NAME>"
        raise ValueError(message)
    return value


def _as_parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value) or value.startswith("mlops-"):
        message = (
            f"{value[:80]!r} must be letters, digits, `_`, `-` and `.`, a letter or `_` first, at most 63: "
            "it becomes the argument --NAME; those that begin with mlops- are our own"
        )
        raise ValueError(message)
    return value


Name = Annotated[str, BeforeValidator(_as_name)]
"""A resource's own name: lower-case letters, digits, `.`, `_` and `-`, at most 63."""

Port = Annotated[str, BeforeValidator(_as_port)]
"""The name of one input or output of a job."""

ParameterName = Annotated[str, BeforeValidator(_as_parameter)]
"""The name of one parameter, as a script's argument parser knows it: `learning-rate`, `n_estimators`."""

Source = Annotated[str, BeforeValidator(_as_reference), Field(min_length=1, max_length=4096)]
"""A path, a URI, `name:version`, `name@alias`, or a result of this library."""

Scalar = bool | int | float | str
"""The type of one parameter's value."""
