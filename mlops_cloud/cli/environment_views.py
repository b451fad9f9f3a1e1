"""Locked environments as rows and in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.specs.quantities import size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.services.locked_environments import LockedEnvironment

_SHOWN = 60


def _requirements(environment: LockedEnvironment) -> str:
    text = " | ".join(", ".join(lines) for lines in environment.requirements)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _installed(environment: LockedEnvironment) -> str:
    return size_text(sum(built.size for built in environment.built)) if environment.built else ""


def _wheels(environment: LockedEnvironment) -> str:
    return size_text(environment.wheels_size) if environment.wheels_size else ""


COLUMNS: Mapping[str, Callable[[LockedEnvironment], object]] = {
    "environment": lambda environment: environment.name,
    "python": lambda environment: environment.python,
    "packages": lambda environment: len(environment.lines),
    "wheels": _wheels,
    "installed": _installed,
    "requirements": _requirements,
}


def lines(environment: LockedEnvironment) -> dict[str, object]:
    """Everything a person wants to know of one environment."""
    return {
        "environment": environment.name,
        "python": environment.python,
        "platform": environment.platform,
        "wheels": _wheels(environment),
        "installed": "\n".join(["", *(f"{built.place}  {size_text(built.size)}" for built in environment.built)]),
        "requirements": "\n".join(["", *(line for lines in environment.requirements for line in lines)]),
        "lock": "\n".join(["", *environment.lines]),
    }
