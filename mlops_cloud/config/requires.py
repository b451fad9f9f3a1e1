"""Whether this version is one that a recipe or a configuration asks for."""

from __future__ import annotations

import re
from itertools import zip_longest

from mlops_cloud.safety.names import shown
from mlops_cloud.version import VERSION

_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|~=|>|<)\s*(\d{1,9}(?:\.\d{1,9}){0,3})\s*")


def requirement_fault(requires: object) -> str:
    """Say why our version does not satisfy `requires` (`>=0.1,<2`), or nothing when it does."""
    if not isinstance(requires, str):
        return f"requires must be text such as '>=0.1', not {shown(requires)}"
    clauses = [_CLAUSE.fullmatch(part) for part in requires[:200].split(",")]
    ours = VERSION
    for clause in clauses:
        if clause is None:
            return f"{shown(requires)} is not a version requirement such as '>=0.1' or '>=0.1,<2'"
        if not _satisfied(_numbers(ours), clause[1], _numbers(clause[2])):
            return f"it requires mlops-cloud {shown(requires)[1:-1]} and this is {ours}"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _satisfied(ours: tuple[int, ...], operator: str, wanted: tuple[int, ...]) -> bool:
    order = _compared(ours, wanted)
    if operator == "~=":
        return order >= 0 and ours[: len(wanted) - 1] == wanted[:-1]
    return {">=": order >= 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">": order > 0, "<": order < 0}[
        operator
    ]


def _compared(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    for one, other in zip_longest(left, right, fillvalue=0):
        if one != other:
            return 1 if one > other else -1
    return 0
