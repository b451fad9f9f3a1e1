"""Predict tables of 1 and of 10 million rows, 75 MB a million: `python benchmarks/batch_prediction.py`."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import WORKLOADS, folder
from measuring import Contestant

if TYPE_CHECKING:
    from collections.abc import Callable

MILLIONS = (1, 10)
_SCRIPTS = WORKLOADS / "batch_prediction"


def plain(millions: int) -> Contestant:
    """A script that reads, predicts and appends, chunk after chunk, in one process."""
    return _contestant("plain script", "plain.py", millions)


def ours(millions: int) -> Contestant:
    """The library, with a table that it has stored before."""
    return _contestant("mlops-cloud", "ours.py", millions)


def ours_cold(millions: int) -> Contestant:
    """The library with nothing known from before: the table is hashed and stored first."""
    contestant = _contestant("mlops-cloud new table", "ours.py", millions)
    home = contestant.folder / "home"
    return replace(contestant, before=lambda: shutil.rmtree(home, ignore_errors=True))


def _contestant(title: str, script: str, millions: int) -> Contestant:
    name = f"{title} {millions}M"
    own = folder(f"batch {name}")
    made = folder(f"batch {millions}M")
    if not (made / "model").exists():
        subprocess.run([program(OURS), _SCRIPTS / "make.py", made, str(millions * 1_000_000)], check=True)
    for part in ("rows.csv", "model"):
        if not (own / part).exists():
            (own / part).symlink_to(made / part)
    # Cold: the memory and CPU time of what a warm server starts would not all be counted.
    environment = {"MLOPS_CLOUD_HOME": str(own / "home"), "MLOPS_CLOUD_WARM_START": "off"}
    answer = json.loads if millions == MILLIONS[-1] else None
    return Contestant(name, (str(program(OURS)), str(_SCRIPTS / script)), own, environment, answer=answer)


_TITLES = {"plain script": plain, "mlops-cloud": ours, "mlops-cloud new table": ours_cold}
MAKERS: dict[str, Callable[[], Contestant]] = {
    f"{title} {millions}M": partial(maker, millions) for millions in MILLIONS for title, maker in _TITLES.items()
}
GOALS = [
    Goal("wall time over the plain script", "mlops-cloud 10M", "wall", 1.3, over="plain script 10M"),
    Goal("the same, its table stored first", "mlops-cloud new table 10M", "wall", 1.3, over="plain script 10M"),
    Goal("memory for ten times the rows", "mlops-cloud 10M", "memory", 1.1, over="mlops-cloud 1M"),
]

if __name__ == "__main__":
    compare("Batch prediction", MAKERS, GOALS, rounds=3)
