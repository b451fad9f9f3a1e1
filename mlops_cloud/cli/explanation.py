"""Why a step would run or not: the parts of its key against those of its last run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.recipes.steps import StepMaker, content_of
from mlops_cloud.services.keys import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.services.session import Session

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decides the result of one step."""

    step: str
    kind: str
    action: str
    """cached, run, or unknown while a step before it has not run."""
    reason: str
    parts: dict[str, Any] = field(default_factory=dict)
    last_run: str = ""
    differences: tuple[str, ...] = ()


def explain(session: Session, recipe: Recipe, step: str) -> Explanation:
    """The parts of a step's key now, and how they differ from the last run's; nothing is created."""
    if step not in recipe.steps:
        raise InvalidSpecError(f"{recipe.path.name} has no step {step!r}", fix=did_you_mean(step, recipe.steps))
    kind = recipe.steps[step].kind
    maker = StepMaker(session, recipe)
    outputs: dict[str, dict[str, Any]] = {}
    for name in _needed(recipe, step):
        known = maker.look(recipe.steps[name], outputs)
        if name == step:
            action = "cached" if known.outcome else "run"
            return _compared(session, recipe, Explanation(step, kind, action, "", known.prepared.content.parts))
        if known.outcome is None:
            return Explanation(
                step, kind, "unknown", f"{name} runs before it, and what that makes is a part of its key"
            )
        maker.accept(known.outcome)
        outputs[name] = known.outcome.outputs
    raise AssertionError  # the step itself is the last one


def lines(found: Explanation) -> dict[str, object]:
    """The explanation as a person reads it."""
    code = found.parts.get("code", {})
    return {
        "step": f"{found.step} ({found.kind})",
        "action": found.action,
        "reason": found.reason,
        "last run": found.last_run,
        "differs": "\n".join(["", *found.differences]) if found.differences else "",
        "code": "\n".join(["", *(f"{name}  {digest[:16]}" for name, digest in code.items())]) if code else "",
        "parts": "\n".join(["", *_short(found.parts)]) if found.parts else "",
    }


def _needed(recipe: Recipe, step: str) -> Iterator[str]:
    wanted, pending = {step}, [step]
    while pending:
        for need in recipe.steps[pending.pop()].needs:
            if need not in wanted:
                wanted.add(need)
                pending.append(need)
    return (name for name in recipe.order if name in wanted)


def _compared(session: Session, recipe: Recipe, found: Explanation) -> Explanation:
    from dataclasses import replace

    for run in session.journal.runs(recipe.name):
        content = run.steps[found.step].content if found.step in run.steps else ""
        record = content_of(session, content) if content else None
        if record is not None:
            changed = tuple(difference(_readable(record["parts"]), _readable(found.parts)))
            reason = "a part of its key changed" if changed else "nothing changed since the last run"
            return replace(found, last_run=run.run, differences=changed, reason=reason)
    return replace(found, reason="no run of this recipe has made it yet")


def _readable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same, with texts that are JSON themselves taken apart, so that a difference names the one field."""
    if isinstance(value, dict):
        return {name: _readable(entry) for name, entry in value.items()}
    if isinstance(value, str) and value.startswith("{"):
        try:
            return _readable(json.loads(value))
        except ValueError:
            return value
    return value


def _short(parts: dict[str, Any]) -> Iterator[str]:
    for part, value in parts.items():
        for name, entry in value.items() if isinstance(value, dict) else [("", value)]:
            text = str(entry).replace("\n", " ")
            yield f"{part}{'.' * bool(name)}{name}  {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}"
