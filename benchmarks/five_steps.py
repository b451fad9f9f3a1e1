"""Load, split, train, evaluate, register over one plain script: `python benchmarks/five_steps.py`."""

from __future__ import annotations

import five_step_contestants as contestants
from comparison import Goal, compare

MAKERS = {
    "plain script": contestants.plain,
    "mlops-cloud run": contestants.ours_starting_warm,
    "mlops-cloud run warm": contestants.ours_warm,
    "mlops-cloud run cold": contestants.ours_cold,
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
    Goal(
        f"wall time over the plain script, {text}",
        name,
        "wall",
        at_most,
        over="plain script",
        peers=(*RECORDING, "kedro"),
    )
    for name, text, at_most in (
        ("mlops-cloud run", "warm server started in the run", 1.4),
        ("mlops-cloud run warm", "warm server there", 1.0),
        ("mlops-cloud run cold", "no warm server", 2.5),
    )
]

if __name__ == "__main__":
    compare("Five steps, cold", MAKERS, GOALS, rounds=5)
