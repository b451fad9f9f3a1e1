"""How the fields under `native:` are laid over a compiled request."""

from __future__ import annotations

from typing import Any


def merged(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The body with the changes laid over it: objects are merged, everything else is replaced."""
    result = dict(body)
    for name, value in changes.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
