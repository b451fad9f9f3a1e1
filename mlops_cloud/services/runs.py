"""Runs of recipes: those of this computer, and those that others with the same store have finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import NotFoundError
from mlops_cloud.results.runs import run_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.runs import RunState
    from mlops_cloud.services.session import Session

KIND = "runs"


class RunService:
    """The verbs of runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, recipe: str = "") -> Iterator[RunState]:
        """All runs, newest first; of one recipe when named."""
        own = {state.run: state for state in self._session.journal.runs(recipe)}
        shared = (name for name in self._session.records.names(KIND) if name not in own)
        others = [state for name in shared if (state := self._shared(name)) and recipe in ("", state.recipe)]
        yield from sorted([*own.values(), *others], key=lambda state: state.started, reverse=True)

    def get(self, run: str) -> RunState:
        """One run; NotFoundError."""
        state = self._session.journal.run(run) or self._shared(run)
        if state is None:
            raise NotFoundError(f"no run is called {run!r}", fix="mlops-cloud runs list")
        return state

    def latest(self, recipe: str) -> RunState | None:
        """The newest run of a recipe."""
        return next(self.list(recipe), None)

    def delete(self, run: str) -> None:
        """Forget a run, for all who share the store; what it made stays."""
        self.get(run)
        self._session.records.delete(KIND, run)
        self._session.journal.forget_run(run)

    def _shared(self, run: str) -> RunState | None:
        record = self._session.records.get(KIND, run)
        return run_state(record) if record else None
