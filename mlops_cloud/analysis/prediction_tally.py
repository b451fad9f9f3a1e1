"""What was predicted, counted while it goes by: how often each class, or the numbers' least, mean and greatest."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.prediction_lines import Predicted

_MOST_CLASSES = 1000
"""With more different answers than this, they are not counted one by one."""


class Tally:
    """Adds up to the same whether it is made in one go or goes on from its own state."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._missing = int(state.get("missing", 0))
        counts = state.get("counts", {})
        self._counts: Counter[str] | None = None if counts is None else Counter(counts)
        self._numbers: dict[str, float] = dict(state.get("numbers", {}))

    def add(self, predicted: Predicted) -> None:
        """One chunk's predictions."""
        if predicted.numbers:
            finite = list(filter(math.isfinite, predicted.numbers))
            self._add_numbers(finite, len(predicted.numbers))
        elif self._counts is not None:
            self._counts.update(predicted.cells)
            self._missing += self._counts.pop("", 0)
            if len(self._counts) > _MOST_CLASSES:
                self._counts = None

    def state(self) -> dict[str, Any]:
        """What to go on from."""
        counts = None if self._counts is None else dict(self._counts)
        return {"missing": self._missing, "counts": counts, "numbers": self._numbers}

    def document(self) -> dict[str, Any]:
        """What a person wants to know of it."""
        found: dict[str, Any] = {"missing": self._missing}
        if self._counts:
            found["counts"] = dict(sorted(self._counts.items()))
        if self._numbers:
            numbers = self._numbers
            found |= {"min": numbers["min"], "mean": numbers["sum"] / numbers["count"], "max": numbers["max"]}
        return found

    def _add_numbers(self, finite: Sequence[float], count: int) -> None:
        self._missing += count - len(finite)
        if not finite:
            return
        known = self._numbers
        self._numbers = {
            "count": known.get("count", 0) + len(finite),
            "sum": known.get("sum", 0.0) + math.fsum(finite),
            "min": min([known.get("min", math.inf), *finite]),
            "max": max([known.get("max", -math.inf), *finite]),
        }
