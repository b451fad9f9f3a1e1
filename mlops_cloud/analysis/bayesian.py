"""Where to look next, given what was found so far: Optuna's tree-structured Parzen estimator (TPE)."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_cloud.errors import ProviderNotInstalledError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STARTUP = 10
"""Trials that must have succeeded before the next ones are drawn where it looks promising."""
_CANDIDATES = 24


class Scale(NamedTuple):
    """How the values of one parameter lie beside each other."""

    places: int | None
    """How many there are, from 0; None when a place is a share of a range, 0 to 1."""
    ordered: bool
    """Whether neighbours are alike."""


class Bayesian:
    """Asked and told in memory; the same scales, seed, asks and tells give the same places."""

    def __init__(self, scales: Mapping[str, Scale], *, maximize: bool, seed: int) -> None:
        optuna = _optuna()
        self._trial = optuna.trial
        self._distributions = {name: _distribution(optuna.distributions, scale) for name, scale in scales.items()}
        with _quiet(optuna):
            sampler = optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=STARTUP, n_ei_candidates=_CANDIDATES, constant_liar=True
            )
            self._study = optuna.create_study(sampler=sampler, direction="maximize" if maximize else "minimize")

    def tell(self, places: Mapping[str, float], objective: float | None) -> None:
        """What a trial found that was not asked for here; None when it failed."""
        state = self._trial.TrialState.FAIL if objective is None else self._trial.TrialState.COMPLETE
        known = self._trial.create_trial(
            state=state, value=objective, params=dict(places), distributions=self._distributions
        )
        self._study.add_trial(known)

    def ask(self, number: int) -> list[Asked]:
        """So many trials to run side by side; answer all of them before asking again."""
        return [Asked(self._study, self._study.ask(self._distributions)) for _ in range(number)]


class Asked:
    """One trial that was asked for."""

    def __init__(self, study: Any, trial: Any) -> None:  # noqa: ANN401 - Optuna's own, which has no types for us
        self._study = study
        self._trial = trial

    @property
    def places(self) -> dict[str, float]:
        """Parameter -> its share or place."""
        return dict(self._trial.params)

    def tell(self, objective: float | None) -> None:
        """What it found; None when it failed."""
        if objective is None:
            from optuna.trial import TrialState

            self._study.tell(self._trial, state=TrialState.FAIL)
        else:
            self._study.tell(self._trial, objective)


def check_installed() -> None:
    """ProviderNotInstalledError when Optuna is not there."""
    from importlib.util import find_spec

    if find_spec("optuna") is None:
        raise _missing()


def import_now() -> None:
    """Import Optuna, which takes a fifth of a second, where nobody waits for it."""
    _optuna()


def _optuna() -> Any:  # noqa: ANN401 - a module
    try:
        import optuna
    except ImportError as exc:
        raise _missing() from exc
    return optuna


def _missing() -> ProviderNotInstalledError:
    return ProviderNotInstalledError("strategy bayesian needs Optuna", fix="pip install 'mlops-cloud[local]'")


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:  # noqa: ANN401 - a module
    # A study that is made says so on stderr; an argument that was experimental once warns.
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _distribution(distributions: Any, scale: Scale) -> Any:  # noqa: ANN401 - Optuna's own
    if scale.places is None:
        return distributions.FloatDistribution(0.0, 1.0)
    if scale.ordered:
        return distributions.IntDistribution(0, scale.places - 1)
    return distributions.CategoricalDistribution(tuple(range(scale.places)))
