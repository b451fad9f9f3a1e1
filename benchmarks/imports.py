"""`import mlops_cloud` with every SDK installed, and the first spec: `python benchmarks/imports.py`."""

from __future__ import annotations

from functools import partial

from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import QUIET, folder, zenml_environment
from measuring import Contestant

_SPEC = "import mlops_cloud as mc; mc.Dataset(name='churn', source='churn.csv', target='Churn')"


def python(name: str, environment: str, code: str) -> Contestant:
    """A Python of the environment that runs one line."""
    quiet = {**QUIET, **zenml_environment(folder("zenml"))}
    return Contestant(name, (str(program(environment)), "-c", code), folder("imports"), quiet)


_LINES = {
    "bare python": (OURS, "pass"),
    "import mlops_cloud": (OURS, "import mlops_cloud"),
    "first spec": (OURS, _SPEC),
    "import pydantic": (OURS, "from pydantic import BaseModel"),
    "import boto3": (OURS, "import boto3"),
    "import kedro": ("kedro", "import kedro"),
    "import kedro's parts": ("kedro", "import kedro.pipeline, kedro.runner, kedro.io"),
    "import dvc.api": ("dvc", "import dvc.api"),
    "import metaflow": ("metaflow", "import metaflow"),
    "import dagster": ("dagster", "import dagster"),
    "import mlflow": ("mlflow", "import mlflow"),
    "import zenml": ("zenml", "from zenml import pipeline, step"),
}
MAKERS = {name: partial(python, name, *line) for name, line in _LINES.items()}
PEERS = tuple(name for name in _LINES if _LINES[name][0] != OURS)
GOALS = [
    Goal("CPU seconds of `import mlops_cloud`", "import mlops_cloud", "cpu", 0.015, peers=PEERS),
    Goal("the same over a bare Python", "import mlops_cloud", "cpu", 15 / 8, over="bare python", peers=PEERS),
    Goal("CPU seconds to the first spec", "first spec", "cpu", 0.130),
    Goal("the same over `import pydantic`", "first spec", "cpu", 130 / 75, over="import pydantic"),
]

if __name__ == "__main__":
    compare("Imports", MAKERS, GOALS, rounds=11)
