from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import RecipeError
from mlops_cloud.recipes import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLE = """
description: Tell malignant from benign tumours by 30 measurements.
requires: ">=0.1"
vars: {seed: 7}
defaults:
  environment: {python: "3.11", requirements: requirements.txt}
  compute: {cpu: 2, memory: 4Gi, max_runtime: 10m}
targets:
  prod: {profile: aws, vars: {seed: 11}, steps: {register: {approval: manual}, deploy: {scaling: {min: 2, max: 6}}}}

steps:
  prepare:
    kind: processing
    script: prepare.py
    outputs: {table: cancer.csv}
  data:
    kind: dataset
    source: ${{ steps.prepare.outputs.table }}
    target: diagnosis
    split: {train: 0.8, test: 0.2, method: stratified, seed: "${{ vars.seed }}"}
    expect:
      rows: {min: 500}
      columns: {diagnosis: {one_of: [benign, malignant]}, mean_radius: {min: 0, max: 50}}
  train:
    kind: training
    script: train.py
    predictor: predictor.py
    inputs:
      train: ${{ steps.data.splits.train }}
    retry: {times: 2, on: [spot, quota]}
  evaluate:
    kind: evaluation
    model: ${{ steps.train.model }}
    data: ${{ steps.data.splits.test }}
    task: classification
    positive: malignant
    slices: [size_group]
    gates: {auc: {min: 0.97}, recall: {min: 0.9, bound: lower}, champion: {auc: {may_lose: 0.005}}}
  register:
    kind: model
    model: ${{ steps.train.model }}
    evaluation: ${{ steps.evaluate.report }}
    alias: champion
    approval: automatic
  deploy:
    kind: endpoint
    model: ${{ steps.register.version }}
    canary: {steps: [10%, 100%], hold: 10s, abort_if: {error_rate: {max: 1%}, p99: {max: 200ms}}}
    scaling: {min: 1, max: 2}
    capture: {rate: 100%}
  smoke: {kind: processing, script: smoke.py, after: [deploy]}
  watch:
    kind: monitor
    endpoint: ${{ steps.deploy.endpoint }}
    baseline: ${{ steps.data.splits.train }}
    signals: {data_quality: {}, data_drift: {max: 0.2}, model_quality: {auc: {min: 0.95}}}
    schedule: "0 * * * *"
    on_alert: {run: self, cooldown: 1d}
"""


@pytest.fixture
def example() -> str:
    """The design's own recipe, with a training step in the place of its tuning step."""
    return EXAMPLE


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("prepare.py", "train.py", "predictor.py", "smoke.py", "rows.csv"):
        (tmp_path / name).touch()
    (tmp_path / "requirements.txt").write_text("# ours\nscikit-learn>=1.7  # fits\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(files: Path) -> Callable[..., Recipe]:
    """Load a text as recipe.yaml, below a first line that names it."""

    def loaded(text: str, **arguments: object) -> Recipe:
        (files / "recipe.yaml").write_text(f"recipe: breast-cancer\n{text.lstrip()}")
        return Recipe.load("recipe.yaml", **({"environ": {}} | arguments))  # type: ignore[arg-type]

    return loaded


@pytest.fixture
def problems(load: Callable[..., Recipe]) -> Callable[..., list[str]]:
    """The problems of a text that is no recipe."""

    def found(text: str, **arguments: object) -> list[str]:
        with pytest.raises(RecipeError) as caught:
            load(text, **arguments)
        return list(caught.value.problems)

    return found
