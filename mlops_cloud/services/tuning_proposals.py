"""Which parameters are tried next: waves of trials that need nothing of each other, the same on every platform.

Names are taken in the order of the alphabet and numbers come from Python's own generator, so that neither the order of
a recipe's lines nor a library's version changes what is drawn. Only `bayesian` asks Optuna.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice, product
from random import Random
from typing import TYPE_CHECKING, Protocol

from mlops_cloud.analysis.bayesian import STARTUP, Bayesian, Scale
from mlops_cloud.specs.search_space import count, place_of, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops_cloud.analysis.bayesian import Asked
    from mlops_cloud.results.jobs import Trial
    from mlops_cloud.specs.base import Scalar
    from mlops_cloud.specs.search_space import Dimension
    from mlops_cloud.specs.tuning import Search

    Space = Mapping[str, Dimension]
    Places = Mapping[str, float]
    Parameters = dict[str, Scalar]


class Proposals(Protocol):
    """Asked for a wave, told what became of it, asked again."""

    def next(self, ended: Sequence[Trial]) -> list[Parameters]:
        """The next wave, given the trials of the last one in their order (none at first); empty at the end."""


class OneWave:
    """Trials that are all known from the beginning: a grid, or random ones."""

    def __init__(self, parameters: Sequence[Parameters]) -> None:
        self._left = list(parameters)

    def next(self, ended: Sequence[Trial]) -> list[Parameters]:  # noqa: ARG002 - the protocol's signature
        """All of them, once."""
        wave, self._left = self._left, []
        return wave


class BayesianWaves:
    """As random ones until enough of them have succeeded, then where it looks promising; `parallel` in each wave."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._random = _random_places(search)
        self._told: list[tuple[Places, float | None]] = []
        self._drawn: list[Places] = []
        self._asked: list[Asked] = []
        self._number = 0

    def next(self, ended: Sequence[Trial]) -> list[Parameters]:
        """So many as run side by side; the last wave may be smaller."""
        self._tell([trial.objective for trial in ended])
        size = min(self._search.parallel, self._search.trials - self._number)
        self._number += size
        self._drawn, self._asked = [], []
        if self._number <= STARTUP:
            self._drawn = list(islice(self._random, size))
        else:
            self._asked = self._sampler.ask(size)
        places = self._drawn or [asked.places for asked in self._asked]
        return [parameters_at(self._search.space, each) for each in places]

    def _tell(self, objectives: Sequence[float | None]) -> None:
        for asked, objective in zip(self._asked, objectives, strict=False):
            asked.tell(objective)
        self._told += zip(self._drawn, objectives, strict=False)

    @cached_property
    def _sampler(self) -> Bayesian:
        # Made as late as this: importing Optuna can go on while the first trials run.
        search = self._search
        scales = {name: Scale(count(each), each.choice is None) for name, each in sorted(search.space.items())}
        sampler = Bayesian(scales, maximize=bool(search.maximize), seed=search.seed)
        for places, objective in self._told:
            sampler.tell(places, objective)
        return sampler


def grid(space: Space) -> list[Parameters]:
    """Every combination, the last name's values changing first."""
    names = sorted(space)
    places = product(*(range(count(space[name]) or 0) for name in names))
    return [parameters_at(space, dict(zip(names, each, strict=True))) for each in places]


def random_parameters(search: Search, number: int) -> list[Parameters]:
    """So many parameters, drawn evenly; fewer are the first of them."""
    return [parameters_at(search.space, places) for places in islice(_random_places(search), number)]


def parameters_at(space: Space, places: Places) -> Parameters:
    """The values at these places."""
    return {name: value_at(space[name], place) for name, place in sorted(places.items())}


def _random_places(search: Search) -> Iterator[Places]:
    random = Random(search.seed)  # noqa: S311 - not a secret
    while True:
        yield {name: place_of(dimension, random.random()) for name, dimension in sorted(search.space.items())}
