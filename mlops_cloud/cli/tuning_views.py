"""Tunings and trials as rows and in full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mlops_cloud.cli.quantities import lasted, number, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.results.jobs import Trial
    from mlops_cloud.results.tuning import Tuning


def parameters(values: Mapping[str, object]) -> str:
    """`C=0.5, depth=3`."""
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items())


COLUMNS: Mapping[str, Callable[[Tuning], object]] = {
    "tuning": lambda tuning: tuning.name,
    "strategy": lambda tuning: tuning.strategy,
    "trials": lambda tuning: len(tuning.trials),
    "metric": lambda tuning: tuning.metric,
    "best": lambda tuning: number(tuning.winner.objective),
    "parameters": lambda tuning: parameters(tuning.winner.parameters),
    "created (UTC)": lambda tuning: when(tuning.created),
}


def lines(tuning: Tuning, page: str) -> dict[str, object]:
    """Everything a person wants to know of one tuning."""
    counted = [trial.status for trial in tuning.trials]
    return {
        "tuning": tuning.name,
        "script": tuning.script,
        "strategy": tuning.strategy,
        "metric": f"{tuning.metric}, {'larger' if tuning.maximize else 'smaller'} is better",
        "trials": ", ".join(f"{counted.count(status)} {status}" for status in dict.fromkeys(counted)),
        "best trial": f"{tuning.best}: {tuning.metric} {number(tuning.winner.objective)}",
        "parameters": parameters(tuning.parameters),
        "metrics": ", ".join(f"{name} {number(value)}" for name, value in tuning.metrics.items()),
        "job": tuning.winner.job,
        "created (UTC)": when(tuning.created),
        "page": page,
    }


def trial_columns(tuning: Tuning) -> dict[str, Callable[[Trial], object]]:
    """The columns of a list of trials; one for each parameter."""
    names = dict.fromkeys(name for trial in tuning.trials for name in trial.parameters)
    of_parameters = {name: partial(_parameter, name) for name in names}
    return {
        "trial": lambda trial: trial.number,
        tuning.metric: lambda trial: number(trial.objective),
        **of_parameters,
        "status": lambda trial: trial.status,
        "time": lambda trial: lasted(trial.seconds),
        "job": lambda trial: trial.job,
        "reason": lambda trial: trial.reason,
    }


def _parameter(name: str, trial: Trial) -> str:
    return _value(trial.parameters.get(name, ""))


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
