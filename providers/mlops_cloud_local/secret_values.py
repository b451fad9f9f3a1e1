"""The values of a job's secrets, read where the profile says, when the job is started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError, PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def available(sources: Mapping[str, str]) -> set[str]:
    """The names whose source is there now."""
    return {name for name, source in sources.items() if _is_there(source)}


def resolved(names: Iterable[str], sources: Mapping[str, str]) -> dict[str, str]:
    """Name -> value; InvalidSpecError names the first that is missing."""
    return {name: _value(name, sources) for name in names}


def _is_there(source: str) -> bool:
    kind, _, place = source.partition(":")
    return place in os.environ if kind == "env" else os.access(place, os.R_OK)


def _value(name: str, sources: Mapping[str, str]) -> str:
    source = sources.get(name, "")
    kind, _, place = source.partition(":")
    if not source:
        fix = f'write {name} = "env:NAME" or "file:PATH" under the profile\'s secrets'
        raise InvalidSpecError(f"the profile has no secret {name}", fix=fix)
    if kind == "env" and place in os.environ:
        return os.environ[place]
    if kind == "env":
        raise InvalidSpecError(f"secret {name}: the environment has no {place}", fix=f"set {place}, then submit again")
    try:
        return Path(place).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, ValueError) as exc:
        raise PermissionDeniedError(f"secret {name}: cannot read its file", why=type(exc).__name__, fix=place) from exc
