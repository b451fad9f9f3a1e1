"""Run a recipe: steps whose needs are met run side by side; what was made before is not made again."""

from __future__ import annotations

import os
import secrets
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.locks import exclusive
from mlops_cloud.errors import ExitCode, MlopsCloudError
from mlops_cloud.recipes.steps import CONTENT, StepMaker, content_record
from mlops_cloud.results.runs import RunState, StepState
from mlops_cloud.specs.job import JobSpec

if TYPE_CHECKING:
    from mlops_cloud.recipes.kinds import Outcome
    from mlops_cloud.recipes.model import Recipe, Step
    from mlops_cloud.recipes.steps import Known
    from mlops_cloud.services.keys import Content
    from mlops_cloud.services.session import Event, Session

_DONE = ("succeeded", "cached")


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that has ended, and the errors of its steps."""

    state: RunState
    errors: dict[str, MlopsCloudError]
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Step -> what it made, nested as other steps refer to it: {"splits": {"train": "dataset://…"}}."""

    @property
    def exit_code(self) -> ExitCode:
        """What the command line answers: the first failure's code, else waiting, else done."""
        if self.errors:
            return next(iter(self.errors.values())).exit_code
        return ExitCode.WAITING if self.state.status == "waiting" else ExitCode.DONE

    def _repr_html_(self) -> str:
        from mlops_cloud.results.notebook import table

        rows = ((name, step.status, step.made or step.error) for name, step in self.state.steps.items())
        return table(("step", self.state.status, "made"), rows)

    def raise_for_errors(self) -> RunResult:
        """The result itself; the first step's error when one failed."""
        for error in self.errors.values():
            raise error
        return self


def run_recipe(session: Session, recipe: Recipe, *, parallel: int = 0) -> RunResult:
    """Run every step whose result is not known yet; ConflictError while the same recipe runs already."""
    lock = session.home / "locks" / f"{recipe.name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(lock):
        return _Run(session, recipe, parallel or (os.cpu_count() or 1)).go()


class _Run:
    def __init__(self, session: Session, recipe: Recipe, parallel: int) -> None:
        self._listener = session.listener
        self._session = session = replace(session, listener=self._heard)
        self._recipe = recipe
        self._maker = StepMaker(session, recipe)
        self._step_of = {str(step.fields.get("name", name)): name for name, step in recipe.steps.items()}
        """Name of a spec, or of its job -> the step."""
        self._parallel = parallel
        self._outputs: dict[str, dict[str, Any]] = {}
        self._errors: dict[str, MlopsCloudError] = {}
        self._waiting = {name: set(recipe.graph[name]) for name in recipe.order}
        self._steps = {name: StepState() for name in recipe.order}
        self._expecting = ThreadPoolExecutor(1, thread_name_prefix="expecting")
        self._expected = False
        self._unsaved: set[str] = set()
        self._saving = Lock()
        self._running: dict[Future[Outcome], tuple[Step, Known, float]] = {}
        now = time.time()
        name = f"{recipe.name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(2)}"
        self._state = RunState(name, recipe.name, str(recipe.path.absolute()), "running", now)

    def go(self) -> RunResult:
        """Run to the end; after an interruption the running jobs are stopped and a later run goes on."""
        self._save_all()
        with (
            self._expecting,
            ThreadPoolExecutor(self._parallel, thread_name_prefix="step") as pool,
        ):
            try:
                while self._waiting or self._running:
                    self._start_ready(pool)
                    self._collect()
            except BaseException:
                self._end("interrupted")
                self._stop_jobs()
                raise
        self._end(self._verdict())
        return RunResult(self._state, self._errors, self._outputs)

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        started = True
        while started:
            ready = [name for name, needs in self._waiting.items() if not needs]
            for name in ready:
                del self._waiting[name]
                self._begin(self._recipe.steps[name], pool)
            started = bool(ready)

    def _begin(self, step: Step, pool: ThreadPoolExecutor) -> None:
        if not step.enabled:
            self._block(step.name, "skipped", step.skipped)
            return
        began = time.monotonic()
        try:
            known = self._maker.look(step, self._outputs)
        except MlopsCloudError as exc:
            self._fail(step.name, exc, began)
            return
        if known.outcome is not None:
            self._finish(step.name, known, known.outcome, "cached", began)
            return
        content = known.prepared.content
        self._step_of[content.name] = step.name
        if step.kind == "tuning":  # who looks at the run finds its trials by this
            self._keep(content)
        self._set(step.name, StepState("running", content.digest))
        self._session.tell("started", step.name, step.kind)
        if not isinstance(getattr(known.prepared, "spec", None), JobSpec):  # else once it has a job, in a moment
            self._save()
        self._running[pool.submit(self._maker.make, known)] = (step, known, began)
        if not self._expected:
            self._expected = True
            self._expecting.submit(self._expect)

    def _expect(self) -> None:
        from mlops_cloud.services.expecting import expect

        steps = [self._recipe.steps[name] for name in list(self._waiting)]
        expect(self._session, [step.spec for step in steps if step.enabled and step.spec], self._recipe.folder)

    def _collect(self) -> None:
        if not self._running:
            return
        with suppress(MlopsCloudError):  # the step itself will meet it again, and tell it as its own
            self._maker.get_ready([self._recipe.steps[name].kind for name in self._waiting])
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in done:
            step, known, began = self._running.pop(future)
            try:
                self._finish(step.name, known, future.result(), "succeeded", began)
            except MlopsCloudError as exc:
                self._keep(known.prepared.content)
                self._fail(step.name, exc, began)
            self._save()

    def _finish(self, name: str, known: Known, outcome: Outcome, status: str, began: float) -> None:
        seconds = time.monotonic() - began
        self._outputs[name] = outcome.outputs
        state = StepState(status, known.prepared.content.digest, outcome.made, seconds, "", outcome.summary)
        if outcome.refused is not None:
            self._errors[name] = outcome.refused
            state = replace(state, status="refused", error=str(outcome.refused))
        elif outcome.waiting:
            state = replace(state, status="paused", error=outcome.waiting)
        self._set(name, state)
        if state.status not in _DONE:
            self._keep(known.prepared.content)
            self._block_needers(name, f"{name} {state.status}")
            return
        self._maker.accept(outcome)
        for needs in self._waiting.values():
            needs.discard(name)

    def _keep(self, content: Content) -> None:
        self._session.remember(CONTENT, content.digest, content_record(content))

    def _fail(self, name: str, error: MlopsCloudError, began: float) -> None:
        self._errors[name] = error
        status = "refused" if error.exit_code is ExitCode.REFUSED else "failed"
        self._set(name, replace(self._steps[name], status=status, seconds=time.monotonic() - began, error=str(error)))
        self._block_needers(name, f"{name} {status}")

    def _block_needers(self, name: str, why: str) -> None:
        for other in [other for other, needs in self._waiting.items() if name in needs]:
            if self._waiting.pop(other, None) is not None:
                self._block(other, "blocked", why)

    def _block(self, name: str, status: str, why: str) -> None:
        self._set(name, StepState(status, error=why))
        self._block_needers(name, why)

    def _set(self, name: str, state: StepState) -> None:
        self._steps[name] = state
        self._unsaved.add(name)
        if state.status != "running":
            self._session.tell("finished", name, state.status, state.seconds)

    def _heard(self, event: Event) -> None:
        """Tell an event of a job as one of its step, and keep which job that is."""
        step = self._step_of.get(event.subject, event.subject)
        if event.kind == "submitted" and step in self._steps:
            self._step_of[event.text] = step
            self._steps[step] = replace(self._steps[step], made=f"job://{event.text}")
            self._unsaved.add(step)
            self._save()
        self._listener(replace(event, subject=step))

    def _verdict(self) -> str:
        statuses = {step.status for step in self._steps.values()}
        for found, verdict in (("failed", "failed"), ("refused", "refused"), ("paused", "waiting")):
            if found in statuses:
                return verdict
        return "succeeded"

    def _end(self, status: str) -> None:
        self._state = replace(self._state, status=status, ended=time.time())
        self._save_all()
        self._session.remember("runs", self._state.run, asdict(self._state))

    def _save(self) -> None:
        with self._saving:  # the threads of the steps come here too
            names = list(self._unsaved)
            self._unsaved.difference_update(names)
            self._session.journal.save_steps(self._state.run, {name: self._steps[name] for name in names})

    def _save_all(self) -> None:
        self._unsaved.clear()
        self._state = replace(self._state, steps=dict(self._steps))
        self._session.journal.save_run(self._state)

    def _stop_jobs(self) -> None:
        self._session.stopping.set()
        for job in list(self._session.active.values()):
            job.cancel()
