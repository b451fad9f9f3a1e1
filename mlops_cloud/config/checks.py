"""What every profile's own settings must look like, whatever its provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import check_name, shown

if TYPE_CHECKING:
    from mlops_cloud.config.profile import Value

_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}|")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_SOURCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+|[a-z][a-z0-9+.-]*://.+")


def project_name(project: Value) -> str:
    """A project's name; InvalidSpecError tells where it was set."""
    try:
        return check_name(project.value, "project")  # type: ignore[arg-type]
    except InvalidSpecError as exc:
        raise InvalidSpecError(f"{project.origin}: {exc.what}", why=exc.why, fix=exc.fix) from exc


def name_prefix(prefix: Value) -> str:
    """What goes before every name."""
    if isinstance(prefix.value, str) and _PREFIX.fullmatch(prefix.value):
        return prefix.value
    raise InvalidSpecError(
        f"{prefix.origin}: {shown(prefix.value)} cannot begin names",
        fix="use a-z, 0-9, '.', '_' and '-', at most 32 characters, first a letter or digit",
    )


def tag(name: str, tag: Value) -> str:
    """The text of one tag."""
    if isinstance(tag.value, str) and name:
        return tag.value
    raise InvalidSpecError(f"{tag.origin}: a tag must be text, not {shown(tag.value)}", fix="put quotes around it")


def secret_source(name: str, source: Value) -> str:
    """Where a secret's value is; the message never shows what stands there: it may be the secret itself."""
    if not _VARIABLE.fullmatch(name):
        raise InvalidSpecError(f"{source.origin}: {shown(name)} cannot name a secret", fix="name it like a variable")
    if isinstance(source.value, str) and _SOURCE.fullmatch(source.value):
        return source.value
    raise InvalidSpecError(
        f"{source.origin}: this does not say where the secret is",
        why="a secret itself never stands in a configuration",
        fix="write env:NAME, file:PATH, or the address of a secret store such as NAME://…",
    )


def table(values: Value) -> dict[str, Any]:
    """A table of tags or secrets."""
    if isinstance(values.value, dict):
        return values.value
    raise InvalidSpecError(f"{values.origin}: must be a table, not {shown(values.value)}")
