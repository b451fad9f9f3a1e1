"""Keys, references and addresses: how everything else is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

Uri = NewType("Uri", str)
"""An address of the provider's storage; only that storage can read it."""

Family = Literal["datasets", "jobs", "models", "endpoints", "monitors"]


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a create idempotent: the same key never makes a second thing."""

    kind: str
    slug: str
    digest: str
    """32 lower-case hex of (family, kind, name, content, run, step, attempt)."""

    def name(self, limit: int = 63) -> str:
        """`<slug>-<hash>` in at most `limit` characters."""
        return f"{self.slug[: limit - 13].rstrip('-._')}-{self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Ref:
    """What a create returns, and what get, logs, cancel and delete take."""

    family: Family
    kind: str
    name: str
    native_id: str
    """The provider's own identifier; equal to `name` where the provider has none."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something a step made: where it lies, and the digest of its content."""

    uri: Uri
    digest: str
    name: str = ""

    def reference(self) -> str:
        """The address, which a spec takes as an input."""
        return self.uri


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored object."""

    uri: Uri
    size: int
    """Bytes."""
