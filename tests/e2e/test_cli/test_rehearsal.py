"""`run --sample`: the whole recipe on few rows, apart from everything real."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

    Project = Any

PLAIN = """\
recipe: plain
steps:
  train: {kind: training, script: train.py}
"""


def _document(answer: Any) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def _lists(project: Project) -> list[str]:
    return [project(noun, "list", "-o", "name").out for noun in ("models", "datasets", "runs")]


@pytest.fixture
def strict(project: Project) -> Project:
    """The tiny recipe with limits that few rows would miss, and an approval by hand."""
    text = (project.folder / "recipe.yaml").read_text()
    expected = "target: y\n    expect: {rows: {min: 40, max: 40}, columns: {y: {one_of: [0, 1]}}}"
    project.write(recipe_yaml=text.replace("target: y", expected) + "    approval: manual\n")
    return project


def test_a_rehearsal_runs_on_few_rows(strict: Project) -> None:
    rehearsed = strict("run", "--sample", "10")
    assert rehearsed.code == 0, rehearsed.err
    assert "on at most 10 rows of every dataset, in project work-rehearsal" in rehearsed.err
    assert "dataset rehearsal-tiny:" in rehearsed.out
    assert "10 rows (train 5, test 5)" in rehearsed.out
    assert "mlops-cloud run recipe.yaml    # the real thing" in rehearsed.err


def test_nothing_real_is_touched(strict: Project) -> None:
    assert strict("run").code == 4
    assert strict("models", "approve", "tiny:1").code == 0
    before = _lists(strict)
    assert _document(strict("run", "--sample", "10", "-o", "json"))["status"] == "succeeded"
    assert _lists(strict) == before
    assert [line.split(":")[0] for line in before[0].split()] == ["tiny"]
    assert _document(strict("models", "describe", "tiny@champion", "-o", "json"))["version"] == 1
    apart = strict("models", "list", "--project", "work-rehearsal", "-o", "name").out
    assert apart == "rehearsal-tiny:1\ntiny:1\n"
    assert strict("runs", "list", "--project", "work-rehearsal", "-o", "name").out.count("\n") == 1


def test_the_real_run_does_the_real_work_after_a_rehearsal(strict: Project) -> None:
    strict("run", "--sample", "10")
    real = strict("run", "-o", "json")
    assert real.code == 4
    steps = json.loads(real.out)["steps"]
    assert {name: step["status"] for name, step in steps.items()} == {
        "prepare": "cached",  # it stands before any dataset: the same work either way
        "data": "succeeded",
        "train": "succeeded",
        "register": "paused",
    }
    assert steps["data"]["summary"]["rows"] == 40


def test_the_same_rehearsal_is_cached_and_another_is_not(strict: Project) -> None:
    strict("run", "--sample", "10")
    assert "nothing changed" in strict("run", "--sample", "10").err
    other = _document(strict("run", "--sample", "12", "-o", "json"))["steps"]
    assert other["prepare"]["status"] == "cached"
    assert other["data"]["summary"]["rows"] == 12


def test_plan_and_explain_know_the_rehearsal(strict: Project) -> None:
    strict("run", "--sample", "10")
    assert strict("plan", "--sample", "10", "--detailed-exitcode").code == 0
    assert strict("plan", "--detailed-exitcode").code == 5
    explained = _document(strict("explain", "data", "--sample", "11", "-o", "json"))
    assert explained["differences"] == ["sample: 10 -> 11"]
    assert strict("validate", "--sample", "10").code == 0


def test_values_are_judged_by_the_rows_that_were_drawn(strict: Project) -> None:
    text = (strict.folder / "recipe.yaml").read_text()
    strict.write(recipe_yaml=text.replace("y: {one_of: [0, 1]}", "x: {max: 20}"))
    refused = strict("run", "--sample", "10")
    assert refused.code == 3
    assert "broke 1 of its expectations" in refused.err
    shown = re.search(r"line (\d+): x = '(\d+)'", refused.err)
    assert shown
    assert int(shown[1]) == int(shown[2]) + 2, "the line is that of the whole file"


def test_a_recipe_without_datasets_is_told_so(project: Project) -> None:
    project.write(recipe_yaml=PLAIN)
    assert "with all its work, as no step makes a dataset" in project("run", "--sample", "5").err


def test_a_failing_rehearsal_names_commands_that_find_it(project: Project) -> None:
    project.write(train_py="raise ValueError('no luck')\n")
    failed = project("run", "--sample", "10")
    assert failed.code == 1
    command = next(line.split() for line in failed.err.splitlines() if "mlops-cloud logs" in line and "/train" in line)
    assert "no luck" in project(*command[1:]).out
    assert "mlops-cloud run recipe.yaml --sample 10    # goes on from here" in failed.err


def test_no_rows_are_refused(project: Project) -> None:
    assert project("run", "--sample", "0").code == 2
    with mc.connect("local", folder=project.folder) as cloud, pytest.raises(InvalidSpecError, match="-1 rows"):
        mc.Recipe.load("recipe.yaml").run(cloud, sample=-1)


def test_the_same_from_python(project: Project, own_home: Path) -> None:
    recipe = mc.Recipe.load("recipe.yaml", sets=[("vars.rows", "30")])
    with mc.connect("local", folder=project.folder) as cloud:
        assert [step.action for step in recipe.plan(cloud, sample=8).steps] == ["run"] * 4
        state = recipe.run(cloud, vars={"rows": 20}, sample=8).raise_for_errors().state
        assert state.steps["data"].summary["rows"] == 8
        assert list(cloud.models.list()) == list(cloud.runs.list()) == []
        with cloud.rehearsal(8) as apart:
            assert [run.run for run in apart.runs.list()] == [state.run]
            version = next(apart.models.list("rehearsal-tiny"))
            assert version.aliases == ("champion",)


def test_a_rehearsal_can_be_removed_and_only_it(project: Project) -> None:
    project("run")
    project("run", "--sample", "10")
    removed = project("destroy", "tiny", "--project", "work-rehearsal", "--yes", "-o", "name").out.split()
    assert removed[0] == "model://rehearsal-tiny/1"
    assert project("models", "list", "--project", "work-rehearsal", "-o", "name").out == "tiny:1\n"
    assert project("runs", "list", "--project", "work-rehearsal", "-o", "name").out == ""


def test_a_registered_model_is_found_by_a_rehearsal(project: Project) -> None:
    project("run")
    uses = "recipe: uses\nsteps:\n  look: {kind: processing, script: look.py, inputs: {model: tiny@champion}}\n"
    project.write(recipe_yaml=uses, look_py="import os\nassert os.listdir(os.environ['MLOPS_INPUT_MODEL'])\n")
    assert project("run", "--sample", "5").code == 0
