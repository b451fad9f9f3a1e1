"""An evaluation's gates, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

EVALUATED = """\
recipe: judged
vars: {least: 0.5}
steps:
  prepare: {kind: processing, script: prepare.py, parameters: {rows: 60}, outputs: {table: t.csv}}
  data:
    kind: dataset
    source: ${{ steps.prepare.outputs.table }}
    target: y
    split: {train: 0.5, test: 0.5, method: stratified}
  train:
    kind: training
    script: train.py
    predictor: predictor.py
    inputs: {train: "${{ steps.data.splits.train }}"}
  evaluate:
    kind: evaluation
    model: ${{ steps.train.model }}
    data: ${{ steps.data.splits.test }}
    task: classification
    positive: "1"
    gates: {accuracy: {min: "${{ vars.least }}"}}
  register:
    kind: model
    model: ${{ steps.train.model }}
    evaluation: ${{ steps.evaluate.report }}
    alias: champion
"""
PREDICTOR = """\
def load(folder):
    return 1

def predict(model, rows):
    return [int(row["x"]) % 2 for row in rows]
"""


@pytest.fixture
def judged(project: Project) -> Project:
    """A recipe with an evaluation whose gate is `vars.least`."""
    project.write(recipe_yaml=EVALUATED, predictor_py=PREDICTOR)
    return project


@pytest.mark.uses_sklearn
def test_a_missed_gate_refuses_and_a_kept_one_lets_the_model_in(judged: Project) -> None:
    refused = judged("run", "--set", "vars.least=1.5")
    assert refused.code == 3, refused.err
    assert "accuracy is 1, below 1.5" in refused.err
    assert "register  blocked" in refused.out
    kept = judged("run")
    assert kept.code == 0, kept.err
    assert "1 of 1 gates passed" in kept.out
    assert "accuracy is 1, as wanted: at least 0.5" in kept.out
    assert "report of evaluate" in kept.out
    again = json.loads(judged("run", "-o", "json").out)
    assert {step["status"] for step in again["steps"].values()} == {"cached"}
    page = Path(again["reports"]["evaluate"]).read_text()
    assert page.startswith("<!")
    explained = json.loads(judged("explain", "evaluate", "-o", "json", "--set", "vars.least=0.25").out)
    assert explained["differences"] == ["spec.parameters.settings.gates.accuracy.min: 0.5 -> 0.25"]


@pytest.mark.uses_sklearn
def test_a_rehearsal_tells_a_missed_gate_and_goes_on(judged: Project) -> None:
    rehearsed = judged("run", "--sample", "12", "--set", "vars.least=1.5")
    assert rehearsed.code == 0, rehearsed.err
    assert "step evaluate: a gate was missed, on few rows: accuracy is 1, below 1.5" in rehearsed.err
    assert "model rehearsal-judged:1 as champion, approved" in rehearsed.out
    unchanged = judged("run", "--sample", "12", "--set", "vars.least=1.5")
    assert "nothing changed" in unchanged.err
    assert "a gate was missed" in unchanged.err
    assert judged("models", "list", "-o", "name").out == ""
