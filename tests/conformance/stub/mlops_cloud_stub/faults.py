"""The cloud's errors, and what they are on our side."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops_cloud.errors import ConflictError, InvalidSpecError, MlopsCloudError, NotFoundError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OURS: dict[str, type[MlopsCloudError]] = {
    "Invalid": InvalidSpecError,
    "NotFound": NotFoundError,
    "InUse": ConflictError,
    "Changed": ConflictError,
}


class CloudError(Exception):
    """What the cloud answers when it refuses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def translated() -> Iterator[None]:
    """Our error instead of the cloud's."""
    try:
        yield
    except CloudError as exc:
        raise _OURS.get(exc.code, ProviderError)(str(exc), provider="stub", code=exc.code) from exc


def strict(body: Mapping[str, object], fields: Mapping[str, type]) -> None:
    """Refuse a body with other fields, or with values of another type."""
    for name in {*body, *fields}:
        if name not in fields or not isinstance(body.get(name), fields[name]):
            raise CloudError("Invalid", f"field {name!r} is unknown, missing or of another type")
