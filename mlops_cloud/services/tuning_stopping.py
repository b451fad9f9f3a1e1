"""When a trial gets no better by its own reports: decided by their values alone, never by when they were seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mlops_cloud.services.session import Event, Session
    from mlops_cloud.specs.tuning import EarlyStopping


class Patience:
    """Fed with the reports of one trial, in order."""

    def __init__(self, rule: EarlyStopping, *, maximize: bool) -> None:
        self._rule = rule
        self._sign = 1.0 if maximize else -1.0
        self._best: float | None = None
        self._since = 0
        self.reports = 0
        """How many were taken."""
        self.value = 0.0
        """The last of them."""

    @property
    def over(self) -> bool:
        """Whether the trial is to be stopped; later reports are not taken any more."""
        return self._since >= self._rule.patience

    def take(self, value: float) -> bool:
        """Note one report; True when it is the one after which the trial is stopped."""
        if self.over:
            return False
        self.reports, self.value = self.reports + 1, value
        gain = None if self._best is None else self._sign * (value - self._best)
        if (self._best is None and value == value) or (gain is not None and gain > self._rule.min_delta):
            self._best, self._since = value, 0
        else:
            self._since += 1
        return self.over

    def take_all(self, values: Iterable[float]) -> Patience:
        """Note several, and the answer is this itself."""
        for value in values:
            self.take(value)
        return self

    def _is_better(self, value: float) -> bool:
        if self._best is None:
            return not math.isnan(value)
        return self._sign * (value - self._best) > self._rule.min_delta


class Watch:
    """Listens to one trial's job: passes everything on, and says when its reports call for an end."""

    def __init__(
        self, session: Session, metric: str, patience: Patience | None, stop: Callable[[str, Patience], None]
    ) -> None:
        self._session = session
        self._metric = metric
        self._stop = stop
        self.patience = patience
        self.job = ""
        """Name of the job, once it was submitted."""

    def __call__(self, event: Event) -> None:
        """Hear one event."""
        self._session.listener(event)
        if event.kind == "submitted":
            self.job = event.text
        reports = event.kind == "metric" and event.text == self._metric and event.value is not None
        if self.patience and reports and self.patience.take(float(event.value or 0.0)):
            self._stop(event.subject, self.patience)
