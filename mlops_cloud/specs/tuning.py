"""Tuning: the same training job with other parameters, again and again, and the best of them."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import ParameterName, Spec
from mlops_cloud.specs.job import MetricName, TrainingJob
from mlops_cloud.specs.search_space import Dimension, count

MOST_TRIALS = 10_000
_Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class EarlyStopping(Spec):
    """When a trial is stopped that gets no better by its own reports."""

    patience: int = Field(ge=1, description="Reports of the metric in a row that bring nothing better (count).")
    min_delta: _Finite = Field(default=0.0, description="What counts as better (in the metric's own unit).")


class Halving(Spec):
    """Successive halving: many configurations with little, the best of them with more, and so on."""

    parameter: ParameterName = Field(description="The parameter that says how much a trial gets, e.g. epochs.")
    min: int = Field(ge=1, description="What every configuration gets at first.")
    max: int = Field(ge=1, description="What the last ones get.")
    factor: int = Field(default=3, ge=2, description="One in so many goes on, and gets so many times as much.")

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.min >= self.max:
            message = f"min must be less than max ({self.min} is not less than {self.max})"
            raise ValueError(message)
        return self

    @property
    def resources(self) -> list[int]:
        """What a trial gets in each rung, from min to max."""
        powers = (self.min * self.factor**rung for rung in range(self.max.bit_length()))
        return [*takewhile(lambda resource: resource < self.max, powers), self.max]

    def rungs(self, configurations: int) -> list[int]:
        """How many trials each rung has when so many configurations begin."""
        return [max(1, configurations // self.factor**rung) for rung in range(len(self.resources))]

    def configurations(self, trials: int) -> int:
        """The most configurations that can begin so that the rungs have no more trials than these; 0 when none."""
        low, high = 0, trials
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if sum(self.rungs(middle)) <= trials else (low, middle - 1)
        return low


class Search(Spec):
    """Which parameters are tried, in what order, and what is best."""

    strategy: Literal["grid", "random", "bayesian", "halving"] = Field(
        description="grid: every combination; random: drawn evenly; bayesian: drawn where it looks promising (TPE); "
        "halving: drawn evenly, the better ones go on with more."
    )
    maximize: MetricName | None = Field(default=None, description="The metric that should be large: its last report.")
    minimize: MetricName | None = Field(default=None, description="The metric that should be small: its last report.")
    max_trials: int | None = Field(
        default=None, ge=1, le=MOST_TRIALS, description="Most trials in all (count); a grid has as many as it has."
    )
    parallel: int = Field(default=2, ge=1, le=256, description="Trials that run side by side (count).")
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="The same seed proposes the same trials everywhere.")
    space: dict[ParameterName, Dimension] = Field(description="Parameter of the script -> the values it may have.")
    early_stopping: EarlyStopping | None = Field(
        default=None, description="Stop a trial that gets no better; its model cannot be the best one."
    )
    halving: Halving | None = Field(default=None, description="The rungs, for strategy halving.")

    @property
    def metric(self) -> str:
        """The metric that is made large or small."""
        return self.maximize or self.minimize or ""

    @property
    def trials(self) -> int:
        """How many trials there will be."""
        if self.strategy == "grid":
            return grid_size(self.space) or 0
        limit = self.max_trials or 0
        return sum(self.halving.rungs(self.halving.configurations(limit))) if self.halving else limit

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        fault = _objective_fault(self) or _space_fault(self) or _strategy_fault(self)
        if fault:
            raise ValueError(fault)
        return self


class TuningJob(TrainingJob):
    """A training script tried with many parameters; the best trial's model is its own."""

    search: Search = Field(description="What is tried, and what is best.")
    engine: Literal["portable", "native"] = Field(
        default="portable",
        description="portable: our own trials, the same on every provider; native: the provider's own service.",
    )

    @model_validator(mode="after")
    def _nothing_is_fixed_and_searched(self) -> Self:
        halving = self.search.halving
        searched = [*self.search.space, *([halving.parameter] if halving else [])]
        both = [name for name in searched if name in self.parameters]
        if both:
            message = f"{', '.join(both)} cannot be both in search and among the fixed parameters: take one away"
            raise ValueError(message)
        return self

    def summary(self) -> str:
        """What is asked for in a few words: `12 trials x 2 cpu, 4Gi, 2 at once`."""
        trials = self.search.trials
        at_once = min(self.search.parallel, trials)
        return f"{trials} trials x {self.compute.summary()}, {at_once} at once"


def grid_size(space: dict[str, Dimension]) -> int | None:
    """How many combinations there are; None when there is no end of them."""
    counts = [count(dimension) for dimension in space.values()]
    return None if None in counts else math.prod(found for found in counts if found)


def _objective_fault(search: Search) -> str:
    given = [name for name in ("maximize", "minimize") if getattr(search, name)]
    return (
        "" if len(given) == 1 else f"give exactly one of maximize and minimize (found {' and '.join(given) or 'none'})"
    )


def _space_fault(search: Search) -> str:
    if not search.space:
        return "space is empty: name at least one parameter and its values, e.g. {rate: {log: [0.001, 0.1]}}"
    if search.halving and search.halving.parameter in search.space:
        return f"{search.halving.parameter} says how much a trial gets: it cannot be in space too"
    return ""


def _strategy_fault(search: Search) -> str:
    if search.halving and search.strategy != "halving":
        return f"halving belongs to strategy halving, not to {search.strategy}"
    if search.strategy == "grid":
        return _grid_fault(search)
    if search.max_trials is None:
        return f"max_trials is required for strategy {search.strategy}"
    return _halving_fault(search, search.max_trials) if search.strategy == "halving" else ""


def _grid_fault(search: Search) -> str:
    endless = [name for name, dimension in search.space.items() if count(dimension) is None]
    if endless:
        return f"a grid needs values that can be counted: give {', '.join(endless)} a step: or a choice:"
    size, limit = grid_size(search.space) or 0, search.max_trials or MOST_TRIALS
    return f"the grid has {size} combinations, more than max_trials ({limit})" if size > limit else ""


def _halving_fault(search: Search, limit: int) -> str:
    if search.halving is None:
        return "strategy halving needs halving: {parameter: epochs, min: 1, max: 27}"
    rungs = search.halving.resources
    least = sum(search.halving.rungs(1))
    return f"{len(rungs)} rungs ({', '.join(map(str, rungs))}) need at least {least} trials" if limit < least else ""
