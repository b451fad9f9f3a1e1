from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc
from mlops_cloud.recipes.advice import advice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("script", "trust", "warned"),
    [
        ("import joblib\njoblib.dump(model, 'm.joblib')\n", "", True),
        ("import pickle\nwith f: pickle . dump(model, f)\n", "", True),
        ("import joblib\njoblib.dump(model, 'm.joblib')\n", "trust: pickle", False),
        ("# joblib.dump(model)\nsave_model(model)\n", "", False),
    ],
)
def test_a_script_that_writes_a_pickle_is_told_of(tmp_path: Path, script: str, trust: str, warned: bool) -> None:
    (tmp_path / "train.py").write_text(script)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"recipe: shop\nsteps:\n  train:\n    kind: training\n    script: train.py\n    {trust}\n")
    lines = list(advice(mc.Recipe.load(recipe)))
    assert [line.startswith("steps.train: train.py writes a pickle") for line in lines] == [True] * warned
