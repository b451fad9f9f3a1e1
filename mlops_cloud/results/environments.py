"""Environments that a provider keeps ready for jobs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuiltEnvironment:
    """Packages installed once, for every job of their lock."""

    lock: str
    """Digest of the lock, or its first 32 hex digits."""
    place: str
    """Where it is, as its provider says it."""
    size: int
    """Bytes on disk."""
    created: float
    """Seconds since 1970, UTC."""
