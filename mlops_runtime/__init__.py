"""What a job's script may call: `log_metric` and `save_model`, on every platform, from the standard library alone."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` costs 4 ms at start
if TYPE_CHECKING:
    from typing import Optional

__all__ = ["log_metric", "save_model"]


def log_metric(name: str, value: float, step: Optional[int] = None) -> None:
    """Record one value of a metric, exact to the last bit, by a line on stdout that the job's shim collects."""
    from mlops_runtime.metrics import line

    sys.stdout.write(line(name, value, step))
    sys.stdout.flush()


def save_model(model: object, path: str = "model.skops") -> str:
    """The file under MLOPS_MODEL_DIR that now holds the model: the same bytes for the same model in every process."""
    from mlops_runtime.skops_file import save

    target = os.path.join(os.environ.get("MLOPS_MODEL_DIR", "."), path)
    save(model, target)
    return target
