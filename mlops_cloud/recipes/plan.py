"""What a run would do, and why, without doing any of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import MlopsCloudError, NotFoundError
from mlops_cloud.recipes.steps import StepMaker, content_of
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.services import missing_modules
from mlops_cloud.services.jobs import PreparedJob
from mlops_cloud.services.keys import difference
from mlops_cloud.services.tuning_jobs import PreparedTuning
from mlops_cloud.specs.job import JobSpec

_SHOWN = 2

if TYPE_CHECKING:
    from mlops_cloud.recipes.model import Recipe, Step
    from mlops_cloud.recipes.steps import Known
    from mlops_cloud.results.requests import NativeRequest, Price
    from mlops_cloud.services.session import Session


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What would become of one step."""

    name: str
    kind: str
    action: str
    """run, cached, skip or refused."""
    reason: str
    requests: tuple[NativeRequest, ...] = ()
    compute: str = ""
    """What it asks for, e.g. `2 cpu, 4Gi`."""
    price: Price | None = None
    environment: str = ""
    """What its job runs in: the current interpreter, an environment made of its lock, or why that is not known yet."""
    lock: tuple[str, ...] = ()
    """Every package that its job gets, as `name==version`."""
    advice: tuple[str, ...] = ()
    """What is not wrong with it, and will be felt later."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run of this recipe would do now."""

    recipe: str
    provider: str
    steps: tuple[PlannedStep, ...] = field(default_factory=tuple)

    @property
    def changes(self) -> bool:
        """Whether a run would make anything."""
        return any(step.action == "run" for step in self.steps)

    @property
    def refused(self) -> bool:
        """Whether a run would be refused."""
        return any(step.action == "refused" for step in self.steps)


def plan(session: Session, recipe: Recipe) -> Plan:
    """The plan of a recipe in a read-only session; nothing is written and nothing is sent."""
    planner = _Planner(session, recipe)
    return Plan(
        recipe.name, session.provider.info.name, tuple(planner.step(recipe.steps[name]) for name in recipe.order)
    )


class _Planner:
    def __init__(self, session: Session, recipe: Recipe) -> None:
        self._session = session
        self._recipe = recipe
        self._maker = StepMaker(session, recipe)
        self._outputs: dict[str, dict[str, Any]] = {}
        self._unknown: set[str] = set()
        self._last_run = next(session.journal.runs(recipe.name), None)

    def step(self, step: Step) -> PlannedStep:
        """Plan one step; those it needs were planned before."""
        if not step.enabled:
            return PlannedStep(step.name, step.kind, "skip", step.skipped)
        if not self._maker.supports(step):
            return self._refused(step, f"kind {step.kind!r} is not in this version yet")
        first = next((need for need in step.needs if need in self._unknown), "")
        try:
            return self._after_unknown(step, first) if first else self._after_known(step)
        except NotFoundError as exc:
            return self._unknown_yet(step, exc.what)
        except MlopsCloudError as exc:
            return self._refused(step, f"{exc.what}: {exc.why}" if exc.why else exc.what)

    def _after_known(self, step: Step) -> PlannedStep:
        known = self._maker.look(step, self._outputs)
        if known.outcome is None:
            return self._will_run(step, known, self._changed(step, known))
        if known.outcome.refused is not None:
            return self._refused(step, known.outcome.refused.what)
        self._maker.accept(known.outcome)
        self._outputs[step.name] = known.outcome.outputs
        return _with_lock(PlannedStep(step.name, step.kind, "cached", known.outcome.made), known)

    def _changed(self, step: Step, known: Known) -> str:
        before = self._last_run.steps.get(step.name) if self._last_run else None
        record = content_of(self._session, before.content) if before and before.content else None
        if record is None:
            return "it was not made before"
        content = known.prepared.content
        changes = difference(record["parts"], content.parts)
        if not changes:
            return (
                "what it made is gone" if before and before.status in ("succeeded", "cached") else "it did not succeed"
            )
        more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        return f"changed: {'; '.join(changes[:_SHOWN])}{more}"

    def _after_unknown(self, step: Step, first: str) -> PlannedStep:
        reason = f"{first} runs before it"
        if step.kind == "model":
            return self._unknown_yet(step, reason)
        return self._will_run(step, self._maker.prepare(step, self._placeholders(step)), reason)

    def _will_run(self, step: Step, known: Known, reason: str) -> PlannedStep:
        spec = getattr(known.prepared, "spec", None)
        requests = tuple(known.kind.requests(known.prepared))
        price = self._session.provider.price(spec.compute) if isinstance(spec, JobSpec) else None
        compute = spec.summary() if isinstance(spec, JobSpec) else ""
        self._mark_unknown(step)
        return _with_lock(PlannedStep(step.name, step.kind, "run", reason, requests, compute, price), known)

    def _unknown_yet(self, step: Step, reason: str) -> PlannedStep:
        self._mark_unknown(step)
        return PlannedStep(step.name, step.kind, "run", reason)

    def _refused(self, step: Step, reason: str) -> PlannedStep:
        self._mark_unknown(step)
        return PlannedStep(step.name, step.kind, "refused", reason)

    def _mark_unknown(self, step: Step) -> None:
        self._unknown.add(step.name)

    def _placeholders(self, step: Step) -> dict[str, dict[str, Any]]:
        outputs = {need: dict(self._outputs.get(need, {})) for need in step.needs}
        for reference in step.references:
            if reference.step in self._unknown:
                text = f"<steps.{reference.step}.{'.'.join(reference.path)}>"
                self._session.known[text] = Artifact(Uri(text), "")
                _set(outputs[reference.step], reference.path, text)
        return outputs


def _with_lock(step: PlannedStep, known: Known) -> PlannedStep:
    job = known.prepared.job if isinstance(known.prepared, PreparedTuning) else known.prepared
    if not isinstance(job, PreparedJob):
        return step
    lock = job.lock
    environment = f"not locked yet: {lock.problem}" if lock.problem else lock.summary()
    advice = tuple(missing_modules.advice(job))
    return replace(step, environment=environment, lock=() if lock.problem else lock.lines, advice=advice)


def _set(outputs: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for part in path[:-1]:
        outputs = outputs.setdefault(part, {})
    outputs[path[-1]] = value
