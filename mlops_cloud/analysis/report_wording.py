"""How the report writes numbers and the names of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.analysis.markup import clipped
from mlops_cloud.analysis.metrics import SMALLER_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Callable

UNKNOWN = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_TIMES = "\N{MULTIPLICATION SIGN}"
_LABELS = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "Log loss",
    "mae": "MAE",
    "rmse": "RMSE",
    "r2": "R²",
    "mape": "MAPE",
}
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"), (0, ""))
_PLAIN = (1e-3, 1e12)
_PLAIN_TICK = (1e-4, 1e15)
_WHOLE = 1000
"""Numbers from here on are written without a fraction."""


def metric_label(name: str) -> str:
    """The metric's usual name."""
    return _LABELS.get(name) or clipped(name)


def judgement(metric: str, gain: float | None) -> str:
    """Better or worse; nothing for no difference, or for a metric whose direction is not known."""
    if not gain or metric not in _LABELS:
        return ""
    return "better" if (gain < 0) == (metric in SMALLER_IS_BETTER) else "worse"


def number(value: float | None) -> str:
    """Four significant digits, thousands apart."""
    if value is None or value == 0:
        return UNKNOWN if value is None else "0"
    if not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return _scientific(value)
    return _proper(f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:#.4g}".removesuffix("."))


def signed(value: float | None) -> str:
    """A difference, with its sign; below one with as many decimals as the values it lies between."""
    if value is None or value == 0:
        return number(value)
    written = f"{abs(value):.4f}" if _PLAIN[0] <= abs(value) < 1 else number(abs(value))
    return f"{'+' if value > 0 else MINUS}{written}"


def span(low: float | None, high: float | None, write: Callable[[float], str] = number) -> str:
    """An interval in words, or nothing."""
    return "" if low is None or high is None else f"{write(low)} to {write(high)}"


def count(value: float | None) -> str:
    """A whole number, thousands apart."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def tick(value: float) -> str:
    """A short number for an axis."""
    size = abs(value)
    if size and not _PLAIN_TICK[0] <= size < _PLAIN_TICK[1]:
        return _scientific(value)
    least, suffix = next(each for each in _SUFFIXES if size >= each[0])
    return _proper(f"{value / (least or 1):,.6g}{suffix}")


def _scientific(value: float) -> str:
    digits, exponent = f"{value:.2e}".split("e")
    return f"{_proper(digits)} {_TIMES} 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _proper(text: str) -> str:
    return text.replace("-", MINUS)
