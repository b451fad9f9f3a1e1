"""`--vars-file`: vars out of YAML files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    Project = Any


def _rows(answer: Any) -> int:
    assert answer.code == 0, answer.err
    rows: int = json.loads(answer.out)["steps"][0]["requests"][0]["body"]["parameters"]["rows"]
    return rows


def test_a_file_is_laid_over_the_recipe_and_its_target_and_set_over_both(project: Project) -> None:
    targets = "targets: {big: {vars: {rows: 400}}}\n"
    project.write(recipe_yaml=(project.folder / "recipe.yaml").read_text() + targets)
    project.write(de_yaml="rows: 12\n", at_yaml="# YAML 1.2\nrows: 1e1\n")
    assert _rows(project("plan", "-o", "json", "--target", "big")) == 400
    assert _rows(project("plan", "-o", "json", "--target", "big", "--vars-file", "de.yaml")) == 12
    assert _rows(project("plan", "-o", "json", "--vars-file", "de.yaml", "--vars-file", "at.yaml")) == 10
    assert _rows(project("plan", "-o", "json", "--vars-file", "de.yaml", "--set", "vars.rows=8")) == 8


def test_every_command_about_a_recipe_takes_it(project: Project) -> None:
    project.write(de_yaml="rows: 12\n")
    assert project("validate", "--vars-file", "de.yaml").code == 0
    ran = project("run", "--vars-file", "de.yaml")
    assert "12 rows" in ran.out
    explained = json.loads(project("explain", "prepare", "--vars-file", "de.yaml", "-o", "json").out)
    assert explained["action"] == "cached"
    other = json.loads(project("explain", "prepare", "-o", "json").out)
    assert other["differences"] == ["spec.parameters.rows: 12 -> 40"]


def test_an_edit_of_the_file_is_seen(project: Project) -> None:
    project.write(de_yaml="rows: 12\n")
    project("run", "--vars-file", "de.yaml")
    assert "nothing changed" in project("run", "--vars-file", "de.yaml").err
    project.write(de_yaml="rows: 14\n")
    assert "14 rows" in project("run", "--vars-file", "de.yaml").out


def test_the_way_on_names_the_file(project: Project) -> None:
    project.write(de_yaml="rows: 12\n", train_py="raise ValueError\n")
    assert (
        "mlops-cloud run recipe.yaml --vars-file de.yaml    # goes on" in project("run", "--vars-file", "de.yaml").err
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rows: 3\nrowz: 4\n", "de.yaml:2:1: rowz: the recipe declares no var of this name; did you mean 'rows'?"),
        ("rows: {env: HOME}\n", "de.yaml:1:7: rows: must be a plain value: a file of vars is flat"),
        ("rows:\n", "de.yaml:1:6: rows: has no value"),
        ("rows: ${{ vars.rows }}\n", "de.yaml:1:7: rows: a var is a plain value; it cannot hold a reference"),
        ("- rows\n", "de.yaml:1:1: holds no vars"),
        ("", "de.yaml:1:1: holds no vars"),
        ("rows: 3\nrows: 4\n", "de.yaml:2:1: rows:"),
        ("rows: [3\n", "de.yaml:"),
        ("rows: !!python/object:os.system x\n", "de.yaml:1:7:"),
        ("rows: \x07\n", "de.yaml:1:7:"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(project: Project, text: str, problem: str) -> None:
    project.write(de_yaml=text)
    for command in (["validate"], ["plan"], ["run"], ["explain", "train"]):
        refused = project(*command, "--vars-file", "de.yaml")
        assert refused.code == 2
        assert refused.err.startswith(problem), refused.err


def test_a_missing_file_is_named(project: Project) -> None:
    refused = project("run", "--vars-file", "none.yaml")
    assert refused.code == 2
    assert "none.yaml" in refused.err
    assert "No such file" in refused.err


def test_from_python_given_vars_win(project: Project) -> None:
    project.write(de_yaml="rows: 12\n")
    recipe = mc.Recipe.load("recipe.yaml", vars_files=["de.yaml"])
    assert recipe.vars == {"rows": 12}
    assert mc.Recipe.load("recipe.yaml", vars_files=["de.yaml"], variables={"rows": 13}).vars == {"rows": 13}
    with mc.connect("local", folder=project.folder) as cloud:
        planned = recipe.plan(cloud, vars={"rows": 14}).steps[0].requests[0].body["parameters"]
    assert planned == {"rows": 14}
