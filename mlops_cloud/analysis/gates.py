"""Whether metrics keep their limits, and lose too little against the champion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.bootstrap import with_interval
from mlops_cloud.analysis.metrics import CLASSIFICATION, REGRESSION, SMALLER_IS_BETTER
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.analysis.bootstrap import Measured

CHAMPION = "champion"
_BOUNDS = {"value": "value", "lower": "low", "upper": "high"}
_NAMES = {"value": "", "lower": " (lower end of the interval)", "upper": " (upper end of the interval)"}


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate and whether it was kept."""

    metric: str
    limit: dict[str, Any]
    """As the recipe has it: min, max and bound, or may_lose."""
    value: float | None
    """What was compared with the limit; None when the metric could not be computed."""
    passed: bool
    message: str

    def as_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def check_gates(gates: Mapping[str, Mapping[str, Any]], metrics: Mapping[str, Mapping[str, float]]) -> list[GateResult]:
    """Hold {metric: {min, max, bound}} against {metric: {value, low, high}}; `champion` is left to `compare`.

    bound lower or upper compares that end of the interval. InvalidSpecError for a metric that nobody knows.
    """
    for name in gates:
        _require_known(name)
    return [_checked(name, limit, metrics.get(name)) for name, limit in gates.items() if name != CHAMPION]


def compare(gates: Mapping[str, Mapping[str, float]], model: Measured, champion: Measured | None) -> list[GateResult]:
    """Hold {metric: {may_lose}} against the champion on the same rows; with no champion every gate passes."""
    for name in gates:
        _require_known(name)
    return [_compared(name, dict(limit), model, champion) for name, limit in gates.items()]


def differences(model: Measured, champion: Measured) -> dict[str, dict[str, float]]:
    """Metric -> {value, low, high} of model minus champion, from the same resamples."""
    return {
        name: with_interval(value - champion.values[name], model.draws[name] - champion.draws[name])
        for name, value in model.values.items()
        if name in champion.values
    }


def _require_known(name: str) -> None:
    known = (*CLASSIFICATION, *REGRESSION, CHAMPION)
    if name not in known:
        from difflib import get_close_matches

        close = get_close_matches(name, known, 1)
        fix = f"did you mean {close[0]!r}?" if close else f"use {', '.join(known)}"
        raise InvalidSpecError(f"gates: no metric is named {name!r}", fix=fix)


def _checked(name: str, limit: Mapping[str, Any], measured: Mapping[str, float] | None) -> GateResult:
    kept = dict(limit)
    bound = str(limit.get("bound") or "value")
    if bound not in _BOUNDS:
        raise InvalidSpecError(f"gates.{name}.bound: {bound!r}", fix="use value, lower or upper")
    if measured is None:
        return GateResult(name, kept, None, False, f"{name} could not be computed on these rows")
    value = measured[_BOUNDS[bound]]
    wanted, faults = [], []
    if (fewest := limit.get("min")) is not None:
        wanted.append(f"at least {fewest:g}")
        faults += [f"below {fewest:g}"] * (not value >= fewest)  # not <: a NaN keeps no limit
    if (most := limit.get("max")) is not None:
        wanted.append(f"at most {most:g}")
        faults += [f"above {most:g}"] * (not value <= most)
    verdict = " and ".join(faults) or f"as wanted: {' and '.join(wanted)}"
    return GateResult(name, kept, value, not faults, f"{name}{_NAMES[bound]} is {value:.4g}, {verdict}")


def _compared(name: str, limit: dict[str, Any], model: Measured, champion: Measured | None) -> GateResult:
    if champion is None:
        return GateResult(name, limit, None, True, f"{name}: there is no champion yet")
    if name not in model.values or name not in champion.values:
        return GateResult(name, limit, None, False, f"{name} could not be computed for both models")
    gain = model.values[name] - champion.values[name]
    loss = gain if name in SMALLER_IS_BETTER else -gain
    allowed = float(limit.get("may_lose") or 0.0)
    pair = f"{model.values[name]:.4g} against the champion's {champion.values[name]:.4g}"
    if loss > allowed:
        return GateResult(name, limit, loss, False, f"{name} loses {loss:.4g}, {allowed:g} is allowed: {pair}")
    change = f"loses {loss:.4g} of {allowed:g} allowed" if loss > 0 else "is not worse"
    return GateResult(name, limit, loss, True, f"{name} {change}: {pair}")
