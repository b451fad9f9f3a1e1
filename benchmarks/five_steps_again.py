"""The same five steps once more, all cached, in a new process: `python benchmarks/five_steps_again.py`."""

from __future__ import annotations

import five_step_contestants as contestants
from comparison import Goal, compare
from environments import OURS, program
from measuring import Contestant


def limit() -> Contestant:
    """Five keys looked up in SQLite by a bare Python."""
    place = contestants.folder("limit")
    command = (str(program(OURS)), str(contestants.WORKLOADS / "limit.py"), str(place / "steps.db"), "5")
    return Contestant("limit", command, place)


MAKERS = {
    "limit": limit,
    "plain script": contestants.plain,
    "mlops-cloud run cached": contestants.ours_cached,
    "mlops-cloud run touched": contestants.ours_touched,
    "mlops-cloud run remarked": contestants.ours_remarked,
    "dvc cached": contestants.dvc_cached,
    "zenml cached": contestants.zenml_cached,
}
PEERS = ("dvc cached", "zenml cached")
GOALS = [
    Goal("CPU seconds", "mlops-cloud run cached", "cpu", 0.13, peers=PEERS),
    Goal("CPU seconds when a script was touched", "mlops-cloud run touched", "cpu", 0.13, peers=PEERS),
    Goal("CPU seconds when a remark was added", "mlops-cloud run remarked", "cpu", 0.13, peers=PEERS),
    Goal("CPU time over the limit", "mlops-cloud run cached", "cpu", 4, over="limit", peers=PEERS),
    Goal("wall time over the plain script", "mlops-cloud run cached", "wall", 1 / 15, over="plain script", peers=PEERS),
]

if __name__ == "__main__":
    compare("Five steps again, all cached", MAKERS, GOALS, rounds=9)
