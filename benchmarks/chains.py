"""Chains of steps, as a recipe and as DVC's stages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from environments import program
from five_step_contestants import QUIET, dvc_folder
from measuring import Contestant

if TYPE_CHECKING:
    from collections.abc import Mapping


def recipe(name: str, steps: Mapping[str, object]) -> str:
    """The text of a recipe, a line a step."""
    lines = [f"recipe: {name}", "steps:", *(f"  {step}: {json.dumps(fields)}" for step, fields in steps.items())]
    return "\n".join([*lines, ""])


def dvc(steps: int, *words: str) -> Contestant:
    """`dvc repro` of a chain of stages that copy a number."""
    stages = {
        f"s{number}": {"cmd": f"cp n{number} n{number + 1}", "deps": [f"n{number}"], "outs": [f"n{number + 1}"]}
        for number in range(steps)
    }
    place = dvc_folder(f"dvc-{steps}", stages)
    (place / "n0").write_text("0")
    return Contestant(f"dvc {steps}", (str(program("dvc", "dvc")), "repro", *words), place, QUIET)
