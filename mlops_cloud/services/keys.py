"""What makes two requests the same: the parts of a cache key, and the key of a create."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.results.identity import Key
from mlops_cloud.safety.names import slug

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Family

_SCHEMA = 1  # raise it when the meaning of a part changes: every cached step then runs again


@dataclass(frozen=True)
class Content:
    """Everything that decides a step's result, part by part, so that `explain` can say which part differs."""

    kind: str
    name: str
    parts: dict[str, object] = field(default_factory=dict)
    """Part -> its value as plain JSON, or its digest."""

    @cached_property
    def digest(self) -> str:
        """64 hex over all the parts, which nobody changes."""
        return digest_of([_SCHEMA, self.kind, self.name, self.parts])


def key_of(family: Family, content: Content, attempt: int = 0) -> Key:
    """The key of a create; a deliberate retry is another attempt, hence another key."""
    digest = digest_of([family, content.kind, content.name, content.digest, attempt])[:32]
    return Key(content.kind, slug(content.name), digest)


def difference(old: dict[str, object], new: dict[str, object]) -> list[str]:
    """The parts that differ between two contents, as `part: old -> new`."""
    lines = []
    for part in sorted({*old, *new}):
        if old.get(part) != new.get(part):
            lines += _changes(part, old.get(part), new.get(part))
    return lines


def _changes(part: str, old: object, new: object) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [f"{part}.{line}" for line in difference(old, new)]
    if isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        gone, come = set(old.splitlines()), set(new.splitlines())
        return [f"{part}: {line} is gone" for line in sorted(gone - come)] + [
            f"{part}: {line} is new" for line in sorted(come - gone)
        ]
    return [f"{part}: {_short(old)} -> {_short(new)}"]


def _short(value: object) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
