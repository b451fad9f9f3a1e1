"""A tuning that has ended: its trials, and the best of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.jobs import JobStatus, Trial
from mlops_cloud.results.notebook import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.results.identity import Uri


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a tuning found."""

    name: str
    """Its generated name."""
    content: str
    """Digest of everything that decided it."""
    script: str
    strategy: str
    metric: str
    maximize: bool
    best: int
    """Number of the best trial."""
    parameters: dict[str, Any]
    """All parameters of the best trial, the fixed ones too."""
    metrics: dict[str, float]
    """The last value of each metric that the best trial reported."""
    trials: tuple[Trial, ...]
    page: Uri
    """An HTML page with a table and a picture of the trials."""
    table: Uri
    """The trials as CSV."""
    logarithmic: tuple[str, ...]
    """The parameters that were searched on a logarithmic scale."""
    created: float
    """Seconds since 1970, UTC."""

    @property
    def winner(self) -> Trial:
        """The best trial."""
        return self.trials[self.best]

    def reference(self) -> str:
        """`job://<name>/model`: the best trial's model, which a spec takes as a model."""
        return f"job://{self.winner.job}/model"

    def document(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return asdict(self)

    def _repr_html_(self) -> str:
        return table(*rows_of(self.trials, self.metric))


def best_of(trials: Sequence[Trial], *, maximize: bool) -> Trial | None:
    """The trial with the best objective of those that ran to their end; the first of equals; None without any."""
    whole = [trial for trial in trials if trial.status is JobStatus.SUCCEEDED and trial.objective is not None]
    sign = -1.0 if maximize else 1.0
    return min(whole, key=lambda trial: (sign * (trial.objective or 0.0), trial.number), default=None)


def tuning_of(document: dict[str, Any]) -> Tuning:
    """A tuning as it was kept."""
    trials = tuple(Trial(**{**trial, "status": JobStatus(trial["status"])}) for trial in document["trials"])
    return Tuning(**{**document, "trials": trials, "logarithmic": tuple(document["logarithmic"])})


def rows_of(trials: Sequence[Trial], metric: str) -> tuple[list[str], list[list[object]]]:
    """Head and rows of a table of trials: one column for each parameter."""
    names = list(dict.fromkeys(name for trial in trials for name in trial.parameters))
    head = ["trial", metric, "status", "seconds", *names, "job", "reason"]
    return head, [_row(trial, names) for trial in trials]


def _row(trial: Trial, names: Sequence[str]) -> list[object]:
    values = [trial.parameters.get(name, "") for name in names]
    found = ["" if value is None else value for value in (trial.objective, trial.seconds)]
    return [trial.number, found[0], str(trial.status), found[1], *values, trial.job, trial.reason]
