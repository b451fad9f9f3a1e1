"""Load, split, train, evaluate, register over one plain script: `python benchmarks/five_steps.py`."""

from __future__ import annotations

import five_step_contestants as contestants
from comparison import Goal, compare

MAKERS = {
    "plain script": contestants.plain,
    "mlops-cloud run": contestants.ours_cold,
    "kedro": contestants.kedro,
    "dagster": contestants.dagster,
    "mlflow": contestants.mlflow,
    "zenml": contestants.zenml_fresh,
    "dvc": contestants.dvc_fresh,
    "metaflow": contestants.metaflow,
}
RECORDING = ("dagster", "mlflow", "zenml", "dvc", "metaflow")
"""Those that keep a record of the run."""
GOALS = [
    Goal("wall time over the plain script", "mlops-cloud run", "wall", 2.5, over="plain script", peers=RECORDING),
    Goal("CPU time over the plain script", "mlops-cloud run", "cpu", 2.5, over="plain script", peers=RECORDING),
]

if __name__ == "__main__":
    compare("Five steps, cold", MAKERS, GOALS, rounds=5)
