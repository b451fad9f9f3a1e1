"""Whether a reference names something that the other step offers, and something that this field can take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.vocabulary import KINDS, SORTS, TAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.recipes.references import Reference


def reference_fault(reference: Reference, kind: str, others: Mapping[str, tuple[str, dict[str, Any]]]) -> str:
    """Say what is wrong with a reference in a step of `kind`, or nothing; `others`: step -> its kind and fields."""
    if reference.step not in others:
        return f"there is no step {reference.step!r}; {did_you_mean(reference.step, others)}"
    other, fields = others[reference.step]
    if other not in KINDS:
        return ""
    offered = _offered(other, fields)
    sort = offered.get(".".join(reference.path)) or _any_metric(reference, offered)
    if not sort:
        return _unknown(reference, other, offered)
    taken = TAKES.get((kind, str(reference.at[0])))
    if taken is None or sort in taken:
        return ""
    wanted = " or ".join(text for name, text in SORTS.items() if name in taken)
    return f"{reference} is {SORTS[sort]}; here {wanted} is taken"


def _offered(kind: str, fields: dict[str, Any]) -> dict[str, str]:
    offered: dict[str, str] = {}
    for name, sort in KINDS[kind].offers.items():
        if name == "outputs.*":
            outputs = fields.get("outputs")
            offered |= {f"outputs.{port}": sort for port in outputs} if isinstance(outputs, dict) else {}
        elif name == "splits.*":
            offered |= {f"splits.{part}": sort for part in _splits(fields.get("split"))}
        elif name == "parameters.*":
            offered |= {f"parameters.{parameter}": sort for parameter in _parameters(fields)}
        else:
            offered[name] = sort
    return offered


def _splits(split: object) -> list[str]:
    if not isinstance(split, dict):
        return []
    parts = split.get("parts")
    named = [name for name in ("train", "validation", "test") if split.get(name)]
    return [*named, *(parts if isinstance(parts, dict) else ())]


def searched(fields: Mapping[str, Any]) -> list[str]:
    """The parameters that a tuning's search sets, as far as its fields are what they should be."""
    search = fields.get("search")
    space, halving = (search.get(name) if isinstance(search, dict) else None for name in ("space", "halving"))
    names = [str(name) for name in space] if isinstance(space, dict) else []
    return [*names, str(halving["parameter"])] if isinstance(halving, dict) and "parameter" in halving else names


def _parameters(fields: dict[str, Any]) -> list[str]:
    fixed = fields.get("parameters")
    return [*(fixed if isinstance(fixed, dict) else ()), *searched(fields)]


def _any_metric(reference: Reference, offered: Mapping[str, str]) -> str:
    # Which metrics there are is known only when the job has run.
    is_metric = len(reference.path) == 2 and reference.path[0] == "metrics"
    return offered.get("metrics.*", "") if is_metric else ""


def _unknown(reference: Reference, kind: str, offered: Mapping[str, str]) -> str:
    said = ".".join(reference.path)
    known = [name.replace("*", "NAME") for name in offered]
    if not said:
        return f"say what of step {reference.step}: {', '.join(known)}"
    return f"step {reference.step} ({kind}) offers no {said!r}; {did_you_mean(said, known)}"
