"""Successive halving: each rung's better ones go on with more, all of them known before the next rung begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.services.tuning_proposals import random_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.results.jobs import Trial
    from mlops_cloud.services.tuning_proposals import Parameters
    from mlops_cloud.specs.tuning import Halving, Search


class HalvingWaves:
    """One wave a rung."""

    def __init__(self, search: Search, halving: Halving) -> None:
        configurations = halving.configurations(search.trials)
        self._sign = -1.0 if search.maximize else 1.0
        self._parameter = halving.parameter
        self._rungs = list(zip(halving.resources, halving.rungs(configurations), strict=True))
        self._configurations = random_parameters(search, configurations)

    def next(self, ended: Sequence[Trial]) -> list[Parameters]:
        """The configurations that go on, in their order, with what the rung gives them."""
        if not self._rungs:
            return []
        resource, size = self._rungs.pop(0)
        if ended:
            self._configurations = self._better(ended, size)
        return [{**configuration, self._parameter: resource} for configuration in self._configurations]

    def _better(self, ended: Sequence[Trial], size: int) -> list[Parameters]:
        ranked = sorted(
            (self._sign * trial.objective, place)
            for place, trial in enumerate(ended)
            if trial.status is JobStatus.SUCCEEDED and trial.objective is not None
        )
        return [self._configurations[place] for place in sorted(place for _, place in ranked[:size])]
