"""Asks for waves of trials and runs them, several at once; what is proposed never depends on which ends first."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from mlops_cloud.analysis.bayesian import import_now
from mlops_cloud.durable.hashing import canonical_json
from mlops_cloud.errors import JobFailedError, MlopsCloudError
from mlops_cloud.results.tuning import best_of
from mlops_cloud.services.tuning_halving import HalvingWaves
from mlops_cloud.services.tuning_proposals import BayesianWaves, OneWave, grid, random_parameters
from mlops_cloud.services.tuning_trials import Ended, TrialRunner
from mlops_cloud.services.tuning_verdict import require_measured

if TYPE_CHECKING:
    from mlops_cloud.results.jobs import Trial
    from mlops_cloud.services.session import Event, Session
    from mlops_cloud.services.tuning_jobs import PreparedTuning
    from mlops_cloud.services.tuning_proposals import Parameters, Proposals
    from mlops_cloud.specs.tuning import Search

_GLANCE = 0.2  # seconds: how soon it is seen that whoever waits for the tuning was interrupted


class TuningSearch:
    """One tuning on its way; `at_once` is how many trials really run side by side."""

    def __init__(self, session: Session, prepared: PreparedTuning, at_once: int = 0) -> None:
        self._outer = session
        self._session = replace(session, listener=self._heard, stopping=threading.Event(), active={})
        self._advice: set[str] = set()
        self._search = prepared.spec.search
        self._name = prepared.content.name
        self._runner = TrialRunner(self._session, prepared)
        self._pool = ThreadPoolExecutor(at_once or self._search.parallel, thread_name_prefix="trial")
        self._asked: dict[bytes, Future[Ended]] = {}
        self._numbers: dict[Future[Ended], list[int]] = {}
        self._done: SimpleQueue[Future[Ended]] = SimpleQueue()
        self._ended: dict[int, Ended] = {}
        self._best: Trial | None = None

    def run(self) -> list[Ended]:
        """Every trial, in the order in which they were proposed; JobFailedError when none can be the best."""
        with self._pool:
            try:
                self._run()
            except BaseException as exc:
                self._session.stopping.set()
                # What a provider refuses to one trial is no reason to lose the others that run.
                if isinstance(exc, JobFailedError) or not isinstance(exc, MlopsCloudError):
                    self._cancel()
                raise
        return [self._ended[number] for number in sorted(self._ended)]

    def _run(self) -> None:
        if self._search.strategy == "bayesian":
            threading.Thread(target=import_now, daemon=True).start()
        proposals = proposals_of(self._search)
        wave = proposals.next([])
        while wave:
            first = len(self._ended)
            self._run_wave(wave, first)
            wave = proposals.next([self._ended[number].trial for number in range(first, len(self._ended))])

    def _run_wave(self, wave: list[Parameters], first: int) -> None:
        new = 0
        for number, parameters in enumerate(wave, first):
            future = self._asked.get(key := canonical_json(parameters))
            if future is None:
                future = self._asked[key] = self._pool.submit(self._trial, number, parameters)
                future.add_done_callback(self._done.put)
                new += 1
            same = self._numbers.setdefault(future, [])
            same.append(number)
            if same[0] < first:  # it ran in a wave before
                self._note(number, future.result())
        for _ in range(new):
            self._collect(self._next_done())

    def _trial(self, number: int, parameters: Parameters) -> Ended:
        try:
            if self._session.stopping.is_set():
                raise self._interrupted()
            return self._runner.run(number, parameters)
        except BaseException:
            self._session.stopping.set()  # before this thread takes the next one
            raise

    def _interrupted(self) -> JobFailedError:
        return JobFailedError(f"tuning {self._name} was interrupted", fix="run it again: it goes on from there")

    def _next_done(self) -> Future[Ended]:
        while True:
            try:
                return self._done.get(timeout=_GLANCE)
            except Empty:
                if self._outer.stopping.is_set():
                    raise self._interrupted() from None

    def _collect(self, future: Future[Ended]) -> None:
        for number in self._numbers[future]:
            self._note(number, future.result())
        first = [self._ended[number] for number in range(self._search.parallel) if number in self._ended]
        if len(first) == min(self._search.parallel, self._search.trials):
            require_measured(self._session, self._search, first)

    def _note(self, number: int, ended: Ended) -> None:
        trial = replace(ended.trial, number=number)
        self._ended[number] = replace(ended, trial=trial)
        self._best = best_of([best for best in (self._best, trial) if best], maximize=bool(self._search.maximize))
        done, total = len(self._ended), self._search.trials
        best = f", best {self._search.metric} {self._best.objective:.6g}" if self._best else ""
        self._session.tell("progress", self._name, f"{done} of {total} trials{best}", done / total)

    def _heard(self, event: Event) -> None:
        """Pass an event on; what every trial's job is advised of is told once."""
        if event.kind == "advice":
            known = event.text in self._advice
            self._advice.add(event.text)
            if known:
                return
        self._outer.listener(event)

    def _cancel(self) -> None:
        for job in list(self._session.active.values()):
            job.cancel()


def proposals_of(search: Search) -> Proposals:
    """What the search asks for, from its beginning."""
    if search.strategy == "grid":
        return OneWave(grid(search.space))
    if search.strategy == "bayesian":
        return BayesianWaves(search)
    if search.halving is not None:
        return HalvingWaves(search, search.halving)
    return OneWave(random_parameters(search, search.trials))
