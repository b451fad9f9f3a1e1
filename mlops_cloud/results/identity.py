"""Keys, references and addresses: how everything else is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NewType

Uri = NewType("Uri", str)
"""An address of the provider's storage; only that storage can read it."""

NOWHERE = Uri("")
"""The address of nothing."""

_HASH = 12  # hex digits of a key in a generated name

Family = Literal["datasets", "jobs", "models", "endpoints", "monitors"]


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a create idempotent: the same key never makes a second thing."""

    kind: str
    slug: str
    digest: str
    """32 lower-case hex of (family, kind, name, content, run, step, attempt)."""

    def name(self, limit: int = 63) -> str:
        """`<slug>-<hash>` in at most `limit` characters (13 or more), of which every provider takes each.

        It holds a-z, 0-9 and single hyphens, which stand for whatever else the slug holds, and begins and ends with a
        letter or digit.
        """
        text = re.sub(r"[^a-z0-9]+", "-", self.slug.lower()).strip("-")[: limit - _HASH - 1].rstrip("-")
        return "-".join(part for part in (text, self.digest[:_HASH]) if part)


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
