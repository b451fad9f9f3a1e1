"""A provider's methods beside the seam's: names, order, kinds, defaults and annotations."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def differences(cls: type, seam: type) -> Iterator[str]:
    """Public methods that the seam does not have, and those whose signature is another."""
    wanted = {name: value for name, value in vars(seam).items() if _is_public(name, value)}
    extra = [name for base in _own(cls, seam) for name, value in vars(base).items() if _is_public(name, value)]
    for name in sorted(set(extra) - set(wanted)):
        yield f"{cls.__name__}.{name} is not in the seam"
    for name, value in wanted.items():
        theirs, ours = _described(inspect.getattr_static(cls, name)), _described(value)
        if theirs != ours:
            yield f"{cls.__name__}.{name}{theirs} instead of {ours}"


def _own(cls: type, seam: type) -> list[type]:
    return [base for base in cls.__mro__ if base not in seam.__mro__]


def _described(method: object) -> str:
    if isinstance(method, property):
        return f" property {inspect.signature(method.fget)}" if method.fget else " property"
    return str(inspect.signature(method)) if callable(method) else f" {method!r}"


def _is_public(name: str, value: object) -> bool:
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
