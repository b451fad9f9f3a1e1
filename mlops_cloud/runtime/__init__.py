"""What a job's script may call; inside a job `mlops_runtime` offers the same without this package."""

from __future__ import annotations

from mlops_runtime import log_metric, save_model

__all__ = ["log_metric", "save_model"]
