"""Runs of recipes: which steps there are, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of a run."""

    status: str = "waiting"
    """waiting, running, succeeded, cached, failed, refused, skipped, blocked or paused."""
    content: str = ""
    """Digest of what decided its result: the name of its step record."""
    made: str = ""
    seconds: float = 0.0
    error: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunState:
    """A run of a recipe: which steps there are and how far they are."""

    run: str
    recipe: str
    path: str
    status: str
    """running, succeeded, failed, refused, waiting or interrupted."""
    started: float
    """Seconds since 1970, UTC."""
    ended: float | None = None
    steps: dict[str, StepState] = field(default_factory=dict)


def run_state(document: dict[str, Any]) -> RunState:
    """A run as it was kept."""
    steps = {name: StepState(**step) for name, step in document["steps"].items()}
    return RunState(**{**document, "steps": steps})
