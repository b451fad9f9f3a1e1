from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.recipes.plan import plan
from mlops_cloud.recipes.run import run_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.recipes.plan import Plan
    from mlops_cloud.recipes.run import RunResult

PREPARE = """
import os
from pathlib import Path
rows = "".join(f"{n},{'ab'[n % 2]}\\n" for n in range(20))
Path(os.environ["MLOPS_OUTPUT_DIR"], "t.csv").write_text("x,label\\n" + rows)
"""
TRAIN = """
import os
from pathlib import Path
Path(os.environ["MLOPS_MODEL_DIR"], "model.txt").write_text("weights")
print("[metric] loss=0.25")
"""
RECIPE = """
recipe: shop
vars: {seed: 7}
steps:
  prepare: {kind: processing, script: prepare.py, outputs: {table: t.csv}}
  data:
    kind: dataset
    source: ${{ steps.prepare.outputs.table }}
    target: label
    split: {train: 0.5, test: 0.5, seed: "${{ vars.seed }}"}
  train:
    kind: training
    script: train.py
    inputs: {train: "${{ steps.data.splits.train }}"}
  register:
    kind: model
    model: ${{ steps.train.model }}
    alias: champion
"""


class Bench:
    """A folder with a recipe, and a home; every call is a process's worth: nothing is kept between calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[tuple[str, str, str]] = []
        self.write("prepare.py", PREPARE)
        self.write("train.py", TRAIN)
        self.write("recipe.yaml", RECIPE)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self, **options: Any) -> RunResult:
        recipe = mc.Recipe.load(self.folder / "recipe.yaml", **options)
        self.events.clear()
        with mc.connect("local", project="shop", folder=self.folder, listener=self._listen) as cloud:
            return run_recipe(cloud.session, recipe, parallel=2)

    def plan(self, **options: Any) -> Plan:
        recipe = mc.Recipe.load(self.folder / "recipe.yaml", **options)
        with mc.connect("local", project="shop", folder=self.folder, read_only=True) as cloud:
            return plan(cloud.session, recipe)

    def cloud(self) -> mc.Client:
        return mc.connect("local", project="shop", folder=self.folder)

    def _listen(self, event: Any) -> None:
        self.events.append((event.kind, event.subject, event.text))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "recipe"
    folder.mkdir()
    return Bench(folder)
