"""A chain of 500 steps, all cached, and its plan: `python benchmarks/many_steps.py`.

The first time, every contestant has to run its steps once: minutes for ours, a quarter of an hour for DVC.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chains import dvc, recipe
from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import WORKLOADS, folder, remark, zenml_environment, zenml_folder
from measuring import Contestant
from warmth import short_lived

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTHS = (10, 100, 500)


def limit(steps: int) -> Contestant:
    """A key a step, looked up in SQLite."""
    place = folder("limit")
    command = (str(program(OURS)), str(WORKLOADS / "limit.py"), str(place / f"{steps}.db"), str(steps))
    return Contestant(f"limit {steps}", command, place)


def ours(verb: str, steps: int) -> Contestant:
    """`mlops-cloud run` or `plan` of a chain of processing jobs."""
    place = folder(f"{OURS}-{steps}")
    shutil.copy(WORKLOADS / "many_steps" / "count.py", place)
    (place / "recipe.yaml").write_text(_recipe(steps))
    command = (str(program(OURS, "mlops-cloud")), verb, "recipe.yaml", "-o", "name")
    contestant = Contestant(f"{verb} {steps}", command, place, {"MLOPS_CLOUD_HOME": str(place / "home")})
    return short_lived(contestant)


def remarked(steps: int) -> Contestant:
    """A run after a remark was added to the recipe: nothing but the key of every step can answer."""
    contestant = ours("run", steps)
    return replace(contestant, name=f"remarked {steps}", before=lambda: remark(contestant.folder / "recipe.yaml"))


def zenml(steps: int) -> Contestant:
    """ZenML's pipeline of a chain of steps, all cached."""
    place = zenml_folder()
    command = (str(program("zenml")), str(place / "count_zenml.py"), str(steps))
    return Contestant(f"zenml {steps}", command, place, zenml_environment(place))


def _recipe(steps: int) -> str:
    step = {"kind": "processing", "script": "count.py", "outputs": {"number": "number.txt"}}
    chain = {"s0": step}
    for number in range(1, steps):
        chain[f"s{number}"] = {**step, "inputs": {"before": f"${{{{ steps.s{number - 1}.outputs.number }}}}"}}
    return recipe(f"chain-{steps}", chain)


_CONTESTANTS: dict[str, Callable[[int], Contestant]] = {
    "limit": limit,
    "run": partial(ours, "run"),
    "remarked": remarked,
    "plan": partial(ours, "plan"),
    "dvc": dvc,
    "zenml": zenml,
}
MAKERS = {f"{name} {steps}": partial(make, steps) for steps in LENGTHS for name, make in _CONTESTANTS.items()}
MOST = max(LENGTHS)
PEERS = (f"dvc {MOST}", f"zenml {MOST}")
GOALS = [
    goal
    for verb, text in (("run", "cached run"), ("remarked", "run after a remark"), ("plan", "plan"))
    for goal in (
        Goal(
            f"CPU seconds of each step more, {text}",
            f"{verb} {MOST}",
            "cpu",
            0.0008,
            less=f"{verb} 10",
            per=MOST - 10,
            peers=PEERS,
        ),
        Goal(f"{text} of 500 steps over one of 100", f"{verb} {MOST}", "cpu", 5, over=f"{verb} 100"),
    )
]
if __name__ == "__main__":
    compare("500 cached steps and their plan", MAKERS, GOALS, rounds=5)
