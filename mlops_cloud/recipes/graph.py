"""Which step comes after which."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Set


def ordered(graph: Mapping[str, Set[str]]) -> tuple[str, ...]:
    """The steps, each after all it needs and otherwise as they stand in the graph; those in circles are left out."""
    place = {name: index for index, name in enumerate(graph)}
    names = list(graph)
    missing = {name: len(needs) for name, needs in graph.items()}
    needed_by: dict[str, list[str]] = {name: [] for name in graph}
    for name, needs in graph.items():
        for need in needs:
            needed_by[need].append(name)
    ready = [place[name] for name, count in missing.items() if count == 0]
    heapify(ready)
    order = []
    while ready:
        name = names[heappop(ready)]
        order.append(name)
        for other in needed_by[name]:
            missing[other] -= 1
            if missing[other] == 0:
                heappush(ready, place[other])
    return tuple(order)


def circle(graph: Mapping[str, Set[str]], order: tuple[str, ...]) -> list[str]:
    """One circle as `[a, b, a]`, where `order` could not place every step; else nothing."""
    placed = set(order)
    left = [name for name in graph if name not in placed]
    if not left:
        return []
    walk: list[str] = []
    seen: dict[str, int] = {}
    name = left[0]
    # Every step that is left needs another that is left, so the walk meets itself.
    while name not in seen:
        seen[name] = len(walk)
        walk.append(name)
        name = next(need for need in graph if need in graph[name] and need not in placed)
    return [*walk[seen[name] :], name]


def skipped(order: tuple[str, ...], disabled: Set[str], data_needs: Mapping[str, Set[str]]) -> dict[str, str]:
    """Step -> why it is skipped: its own `when`, or a skipped step whose result it takes.

    A step that only comes `after` a skipped one still runs.
    """
    reasons: dict[str, str] = {}
    for name in order:
        lacking = min(data_needs[name] & reasons.keys(), key=order.index, default="")
        if name in disabled:
            reasons[name] = "when: is false"
        elif lacking:
            reasons[name] = f"it needs {lacking}, which is skipped"
    return reasons
