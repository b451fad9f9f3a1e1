"""A chain of 500 steps that do nothing, each a job of its own: `python benchmarks/job_steps.py`.

The peers run their steps as functions of one process, DVC as a process each.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chains import dvc, recipe
from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import QUIET, WORKLOADS, folder, zenml_environment, zenml_folder
from measuring import Contestant
from warmth import emptied, short_lived

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LENGTHS = (10, 100, 500)
DVC_LENGTHS = (10, 100)
"""DVC needs four minutes for 500."""


def limit(steps: int) -> Contestant:
    """A record a step in SQLite."""
    place = folder("limit")
    database = place / f"jobs-{steps}.db"
    command = (str(program(OURS)), str(WORKLOADS / "limit.py"), str(database), str(steps))
    return Contestant(f"limit {steps}", command, place, before=lambda: database.unlink(missing_ok=True))


def ours(steps: int) -> Contestant:
    """`mlops-cloud run` of a chain of processing jobs, nothing known from before."""
    place = folder(f"{OURS}-jobs-{steps}")
    shutil.copy(WORKLOADS / "no_op.py", place)
    (place / "recipe.yaml").write_text(_recipe(steps))
    command = (str(program(OURS, "mlops-cloud")), "run", "recipe.yaml", "-o", "name")
    contestant = Contestant(f"jobs {steps}", command, place, {"MLOPS_CLOUD_HOME": str(place / "home")})
    return short_lived(replace(contestant, before=partial(emptied, place / "home")))


def dagster(steps: int) -> Contestant:
    """Dagster's ops in one process."""
    place = folder(f"dagster-{steps}")
    command = (str(program("dagster")), str(WORKLOADS / "count_dagster.py"), str(steps), str(place / "instance"))
    return Contestant(f"dagster {steps}", command, place, QUIET, before=partial(_empty_folder, place / "instance"))


def zenml(steps: int) -> Contestant:
    """ZenML's steps in one process, nothing taken from the cache."""
    place = zenml_folder()
    command = (str(program("zenml")), str(place / "count_zenml.py"), str(steps), "fresh")
    return Contestant(f"zenml {steps}", command, place, zenml_environment(place))


def _empty_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)


def _recipe(steps: int) -> str:
    chain = {"s0": {"kind": "processing", "script": "no_op.py"}}
    for number in range(1, steps):
        chain[f"s{number}"] = {**chain["s0"], "parameters": {"number": number}, "after": f"s{number - 1}"}
    return recipe(f"jobs-{steps}", chain)


_CONTESTANTS: dict[str, Callable[[int], Contestant]] = {
    "limit": limit,
    "jobs": ours,
    "dagster": dagster,
    "zenml": zenml,
    "dvc": lambda steps: dvc(steps, "--force"),
}
MAKERS = {
    f"{name} {steps}": partial(make, steps)
    for steps in LENGTHS
    for name, make in _CONTESTANTS.items()
    if name != "dvc" or steps in DVC_LENGTHS
}
MOST, FEWEST = max(LENGTHS), min(LENGTHS)
GOALS = [
    Goal(
        "seconds of each job more, from 10 to 500",
        f"jobs {MOST}",
        "wall",
        0.012,
        less=f"jobs {FEWEST}",
        per=MOST - FEWEST,
        peers=(f"dagster {MOST}", f"zenml {MOST}"),
    ),
    Goal("seconds of each job more, from 10 to 100", "jobs 100", "wall", 0.012, less=f"jobs {FEWEST}", per=90),
]

if __name__ == "__main__":
    compare("500 steps that do nothing, each a job", MAKERS, GOALS, rounds=3)
