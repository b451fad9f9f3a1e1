"""200 durable trials of a 5 ms objective: `python benchmarks/trials.py`.

Ours are processes, one after the other (`parallel: 1`); Optuna's are calls of one process.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import WORKLOADS, folder
from measuring import Contestant
from warmth import emptied, short_lived

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = (20, 200)


def ours(number: int, strategy: str) -> Contestant:
    """A recipe of one tuning step, nothing known from before."""
    place = folder(f"{OURS}-{strategy}-{number}")
    shutil.copy(WORKLOADS / "objective.py", place)
    (place / "recipe.yaml").write_text(_recipe(number, strategy))
    command = (str(program(OURS, "mlops-cloud")), "run", "recipe.yaml", "-o", "name")
    contestant = Contestant(f"{strategy} {number}", command, place, {"MLOPS_CLOUD_HOME": str(place / "home")})
    return short_lived(replace(contestant, before=partial(emptied, place / "home")))


def optuna(number: int, storage: str) -> Contestant:
    """Optuna's own loop, with the sampler that ours asks for `bayesian`."""
    place = folder(f"optuna-{storage}-{number}")
    command = (
        str(program(OURS)),
        str(WORKLOADS / "run_optuna.py"),
        storage,
        str(number),
        str(place / "storage"),
    )
    return Contestant(f"optuna {storage} {number}", command, place)


def _recipe(number: int, strategy: str) -> str:
    search = {
        "strategy": strategy,
        "minimize": "loss",
        "max_trials": number,
        "parallel": 1,
        "space": {"x": {"float": [0, 1]}, "lr": {"log": [1e-5, 1e-1]}, "kind": {"choice": ["a", "b"]}},
    }
    step = {"kind": "tuning", "script": "objective.py", "search": search}
    return f"recipe: trials-{number}\nsteps:\n  tune: {json.dumps(step)}\n"


_CONTESTANTS: dict[str, Callable[[int], Contestant]] = {
    "random": partial(ours, strategy="random"),
    "bayesian": partial(ours, strategy="bayesian"),
    "optuna sqlite": partial(optuna, storage="sqlite"),
    "optuna journal": partial(optuna, storage="journal"),
    "optuna memory": partial(optuna, storage="memory"),
}
MAKERS = {f"{name} {number}": partial(make, number) for number in NUMBERS for name, make in _CONTESTANTS.items()}
MOST, FEWEST = max(NUMBERS), min(NUMBERS)
_OBJECTIVE = 0.005
GOALS = [
    Goal(
        f"seconds of each trial more, {name} (5 ms of them the objective's)",
        f"{name} {MOST}",
        "wall",
        0.015 + _OBJECTIVE if name in ("random", "bayesian") else 1.0,
        less=f"{name} {FEWEST}",
        per=MOST - FEWEST,
    )
    for name in _CONTESTANTS
]

if __name__ == "__main__":
    compare("200 trials of 5 ms", MAKERS, GOALS, rounds=3)
