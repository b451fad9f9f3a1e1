"""Interruptions on purpose: how a job on spot machines is rehearsed on a computer that nobody takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.specs.compute import Compute

INTERRUPTIONS = (5.0,)
"""Seconds: late enough for most scripts to have saved something, and early enough to be met."""


def interruption(compute: Compute, attempt: int, interruptions: Sequence[float]) -> dict[str, float]:
    """The limit that the attempt of this number (from 0) has beside those of every job."""
    if not compute.spot or attempt >= len(interruptions):
        return {}
    return {"interrupt_after_seconds": interruptions[attempt]}
