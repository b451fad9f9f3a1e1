"""All that requirement lines need, down to the last: by what is installed, or by what a solver found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.packages.requirements import normalised, pin_of, redacted, with_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from packaging.requirements import Requirement


@dataclass(frozen=True, slots=True)
class Distribution:
    """One package in one version, and the requirement lines of its own metadata."""

    name: str
    version: str
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """What some requirement lines come to."""

    found: dict[str, Distribution] = field(default_factory=dict)
    """Normalised name -> what satisfies all that is asked of it."""
    missing: list[str] = field(default_factory=list)
    """The requirements that nothing satisfies."""

    def lines(self) -> tuple[str, ...]:
        """Sorted `name==version` lines."""
        return tuple(sorted(f"{name}=={found.version}" for name, found in self.found.items()))


def closure(
    lines: Iterable[str], find: Callable[[str], Distribution | None], markers: Mapping[str, str] | None = None
) -> Closure:
    """What satisfies the lines and all that those need.

    `find` answers by normalised name; `markers` describe the interpreter, which is this one when they are None.
    """
    result = Closure()
    waiting = [(parsed(line), "") for line in lines]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted, extra = waiting.pop()
        if not applies(wanted, markers, extra):
            continue
        found = find(normalised(wanted.name))
        if found is None or not wanted.specifier.contains(found.version, prereleases=True):
            result.missing.append(_without_marker(wanted))
            continue
        result.found[found.name] = found
        for part in ("", *wanted.extras):
            if (found.name, part) not in seen:
                seen.add((found.name, part))
                waiting += [(parsed(line), part) for line in found.requires if _concerns(line, part)]
    return result


def parsed(line: str) -> Requirement:
    """A requirement line in full; InvalidSpecError for one that is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(with_hashes(line)[0])
    except InvalidRequirement as exc:
        why = redacted(str(exc)).splitlines()[0]
        raise InvalidSpecError(f"{redacted(line)!r} is no requirement", why=why, fix="write name>=1.2") from exc


def applies(wanted: Requirement, markers: Mapping[str, str] | None = None, extra: str = "") -> bool:
    """Whether the requirement's marker holds for the interpreter."""
    return wanted.marker is None or wanted.marker.evaluate({**(markers or {}), "extra": extra})


def full_lock(lines: Iterable[str], markers: Mapping[str, str] | None) -> dict[str, tuple[str, ...]] | None:
    """`name==version` -> its sha256, when each line names exactly one version and its hashes; else None."""
    pinned: dict[str, tuple[str, ...]] = {}
    for line in lines:
        pin, hashes = pin_of(line), with_hashes(line)[1]
        if not pin or not hashes:
            return None
        if applies(parsed(line), markers):
            pinned[pin] = tuple(sorted(hashes))
    return pinned


def _concerns(line: str, extra: str) -> bool:
    """Whether a line can matter to an extra, or without one: parsing each line of each package would cost the most."""
    marker = line.partition(";")[2]
    return ("extra" in marker) is bool(extra) or " or " in marker


def _without_marker(wanted: Requirement) -> str:
    wanted.marker = None
    return str(wanted)
