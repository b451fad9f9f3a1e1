"""Which trial is the best; one clear error when there is none."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from mlops_cloud.config.suggestion import nearest
from mlops_cloud.errors import JobFailedError, NotFoundError
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.results.tuning import best_of
from mlops_cloud.services import job_records
from mlops_cloud.services.waiting import SubmittedJob, failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.results.jobs import Job, Trial
    from mlops_cloud.services.session import Session
    from mlops_cloud.services.tuning_trials import Ended
    from mlops_cloud.specs.tuning import Search

_MOST_NAMES = 10
_LINES = 20


def best_trial(session: Session, search: Search, ended: Sequence[Ended]) -> Trial:
    """The best of the trials that ran to their end, in halving of those that got the most; JobFailedError."""
    best = best_of(_full(search, [each.trial for each in ended]), maximize=bool(search.maximize))
    if best is None:
        raise _nothing(session, search, ended)
    return best


def require_measured(session: Session, search: Search, ended: Sequence[Ended]) -> None:
    """JobFailedError, naming the metrics that were reported, when scripts ran well and none reported the metric."""
    lacking = [each for each in ended if each.lacking]
    if not lacking or any(search.metric in each.reported for each in ended):
        return
    names = sorted({name for each in ended for name in each.reported})[:_MOST_NAMES]
    job = _job(session, lacking[0].trial.job)
    close = nearest(search.metric, names)
    report = f"print('[metric] {search.metric}=0.5') reports one"
    goal = "maximize" if search.maximize else "minimize"
    raise JobFailedError(
        f"no trial reported the metric {search.metric!r}",
        why=f"the trials reported {', '.join(names)}" if names else "the trials reported no metric",
        fix=f"write {goal}: {close}; or report it: {report}" if close else report,
        log_tail=deque(SubmittedJob(session, job.ref).logs(), _LINES) if job else (),
    )


def all_failed(ended: Sequence[Ended]) -> bool:
    """Whether no trial was worth anything."""
    return all(each.trial.objective is None for each in ended)


def _full(search: Search, trials: Sequence[Trial]) -> list[Trial]:
    if search.halving is None:
        return list(trials)
    name = search.halving.parameter
    whole = [trial for trial in trials if trial.status is JobStatus.SUCCEEDED]
    most = max((trial.parameters[name] for trial in whole), default=None)
    return [trial for trial in whole if trial.parameters[name] == most]


def _nothing(session: Session, search: Search, ended: Sequence[Ended]) -> JobFailedError:
    require_measured(session, search, ended)
    stopped = sum(1 for each in ended if each.trial.objective is not None)
    if stopped:
        return JobFailedError(
            f"no trial ran to its end: {stopped} of {len(ended)} were stopped early",
            why="the model of a trial that was stopped is not whole, so none can be the best",
            fix="raise search.early_stopping.patience, or lower its min_delta",
        )
    return _all_failed(session, ended)


def _all_failed(session: Session, ended: Sequence[Ended]) -> JobFailedError:
    first = ended[0].trial
    what = f"all {len(ended)} trials failed; the first: " if len(ended) > 1 else "the only trial failed: "
    job = _job(session, first.job)
    try:
        if job is not None:
            failed(session, job)
    except JobFailedError as exc:
        return JobFailedError(f"{what}{exc.what}", why=exc.why, fix=exc.fix, code=exc.code, log_tail=exc.log_tail)
    return JobFailedError(f"{what}{first.reason}", fix=f"mlops-cloud logs {first.job}")


def _job(session: Session, name: str) -> Job | None:
    try:
        return job_records.job_named(session, name)
    except NotFoundError:
        return None
