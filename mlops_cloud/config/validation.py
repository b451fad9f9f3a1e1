"""A profile's own fields, read by its provider's model of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from mlops_cloud.config.profile import Profile

    Model = TypeVar("Model", bound=BaseModel)


def validated(profile: Profile, model: type[Model]) -> Model:
    """The provider's settings; InvalidSpecError names each wrong one and where it was set.

    A field that only the environment sets and the provider does not know is left out: it may be meant for another.
    """
    from pydantic import ValidationError

    known = model.model_fields
    shared = {name: getattr(profile, name) for name in ("tags", "secrets") if name in known}
    fields = {
        name: value
        for name, value in profile.fields.items()
        if name in known or not profile.origins[name].startswith("environment variable")
    }
    try:
        return model.model_validate(fields | shared)
    except ValidationError as exc:
        lines = [_line(profile, model, error) for error in exc.errors(include_url=False, include_input=False)]
        raise InvalidSpecError("\n".join(dict.fromkeys(lines)), fix=f"mend profile {profile.name}") from exc


def _line(profile: Profile, model: type[BaseModel], error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"])
    field = str(error["loc"][0]) if error["loc"] else "profile"
    origin = profile.origins.get(path) or profile.origins.get(field) or f"profile {profile.name}"
    if error["type"] == "extra_forbidden":
        return f"{origin}: unknown field {shown(field)}; {did_you_mean(field, model.model_fields)}"
    if error["type"] == "missing":
        description = model.model_fields[field].description if field in model.model_fields else ""
        return f"{origin}: {path} is required{f': {description}' if description else ''}"
    return f"{origin}: {path}: {error['msg'].removeprefix('Value error, ').removeprefix('Input ')}"
