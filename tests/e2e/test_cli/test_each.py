"""`run --each`: the recipe once for each row of a CSV file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    Project = Any

TRAIN = """\
import os, sys
level = float(sys.argv[sys.argv.index("--level") + 1])
if level > 1:
    raise ValueError("too high")
print(f"[metric] auc={level}")
open(os.path.join(os.environ["MLOPS_MODEL_DIR"], "model.txt"), "w").write(str(level))
"""
GOOD = "level,title\n0.25,first\n0.5,'007'\n"


@pytest.fixture
def leveled(project: Project) -> Project:
    """The tiny recipe with two more vars, one of which decides its metric."""
    text = (
        (project.folder / "recipe.yaml")
        .read_text()
        .replace("vars: {rows: 40}", "vars: {rows: 40, level: 0, title: none}")
    )
    parameters = 'script: train.py\n    parameters: {level: "${{ vars.level }}", title: "${{ vars.title }}"}'
    project.write(recipe_yaml=text.replace("script: train.py", parameters), train_py=TRAIN, vars_csv=GOOD)
    return project


def test_every_row_runs_and_one_table_tells_of_all(leveled: Project) -> None:
    ran = leveled("run", "--each", "vars.csv")
    assert ran.code == 0, ran.err
    lines = [line.split() for line in ran.out.strip().splitlines()]
    assert lines[0] == ["line", "level", "title", "status", "auc", "run"]
    assert [line[:5] for line in lines[1:]] == [
        ["2", "0.25", "first", "succeeded", "0.25"],
        ["3", "0.5", "'007'", "succeeded", "0.5"],
    ]
    assert "vars.csv:2: level=0.25, title=first" in ran.err
    assert [line.split()[1] for line in ran.err.splitlines() if line.startswith("prepare ")] == [
        "running",
        "succeeded",
        "cached",
    ]
    assert leveled("models", "list", "-o", "name").out.split() == ["tiny:2", "tiny:1"]


def test_json_is_a_list_with_values_of_their_own_types(leveled: Project) -> None:
    leveled.write(vars_csv="level,title,rows\n1,yes,20\n0.5,1e1,30\n")
    answer = leveled("run", "--each", "vars.csv", "-o", "json")
    found = json.loads(answer.out)
    assert [entry["vars"] for entry in found] == [
        {"level": 1, "title": "yes", "rows": 20},
        {"level": 0.5, "title": 10.0, "rows": 30},
    ]
    assert [entry["metrics"] for entry in found] == [{"auc": 1.0}, {"auc": 0.5}]
    assert [(entry["line"], entry["status"]) for entry in found] == [(2, "succeeded"), (3, "succeeded")]
    assert {step["status"] for step in found[1]["steps"].values()} == {"succeeded"}


def test_it_goes_on_after_a_row_that_fails_and_answers_with_the_worst(
    leveled: Project, suite_of: Callable[[Path], Element]
) -> None:
    leveled.write(vars_csv="level\n0.25\n2\n0.5\n")
    ran = leveled("run", "--each", "vars.csv", "-o", "json", "--junit", "out.xml")
    assert ran.code == 1
    assert [entry["status"] for entry in json.loads(ran.out)] == ["succeeded", "failed", "succeeded"]
    assert "too high" in ran.err
    assert "mlops-cloud run recipe.yaml --each vars.csv    # goes on from here" in ran.err
    suite = suite_of(leveled.folder / "out.xml")
    names = [case.attrib["name"] for case in suite.iter("testcase")]
    assert len(names) == len(set(names)) == 12
    assert names[4:6] == ["prepare[level=2]", "data[level=2]"]
    assert [case.attrib["name"] for case in suite.iter("testcase") if case.find("failure") is not None] == [
        "train[level=2]"
    ]


def test_fail_fast_starts_no_other_row(leveled: Project, suite_of: Callable[[Path], Element]) -> None:
    leveled.write(vars_csv="level\n2\n0.5\n")
    ran = leveled("run", "--each", "vars.csv", "--fail-fast", "-o", "json", "--junit", "out.xml")
    assert ran.code == 1
    assert [entry["status"] for entry in json.loads(ran.out)] == ["failed", "not run"]
    suite = suite_of(leveled.folder / "out.xml")
    assert [element.attrib["message"] for element in suite.iter("skipped")][1:] == [
        "not run: an earlier row failed"
    ] * 4
    assert leveled("run", "--fail-fast").code == 2


def test_rows_may_be_rehearsed(leveled: Project) -> None:
    ran = leveled("run", "--each", "vars.csv", "--sample", "8", "-o", "json")
    assert [entry["steps"]["data"]["summary"]["rows"] for entry in json.loads(ran.out)] == [8, 8]
    assert ran.err.count("a rehearsal on at most 8 rows") == 1
    assert leveled("models", "list", "-o", "name").out == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "level,titel\n1,a\n2,b\n",
            "vars.csv:1: titel: the recipe declares no var of this name; did you mean 'title'?\n",
        ),
        ("level\n", "error: vars.csv:1: the file has a header and no rows"),
        ("", "error: vars.csv:1: the file is empty"),
        ("level,title\n1\n", "error: vars.csv:2: the row has 1 fields"),
        ("level,title\n1,\n", "error: vars.csv:2: title has no value"),
        ("level,level\n1,2\n", "error: vars.csv:1: two columns are named 'level'"),
        ("level\n1\n0.5\n1.0\n1\n", "error: vars.csv:5: the same values as in line 2"),
        ("title\na\n${{ vars.level }}\n", "vars.csv:3: title: a var is a plain value"),
        ("level\n" + "9" * 500 + "\n", "error: vars.csv:2: level: a number of 500 characters is too long"),
        ("level\n\x00\n", "error: vars.csv:2: the line holds a NUL byte"),
    ],
)
def test_a_file_that_is_wrong_is_refused_before_anything_runs(leveled: Project, text: str, problem: str) -> None:
    leveled.write(vars_csv=text)
    refused = leveled("run", "--each", "vars.csv")
    assert refused.code == 2
    assert refused.err.startswith(problem), refused.err
    assert refused.out == ""
    assert leveled("runs", "list", "-o", "name").out == ""


def test_a_var_is_given_once(leveled: Project) -> None:
    refused = leveled("run", "--each", "vars.csv", "--set", "vars.level=1")
    assert refused.code == 2
    assert "--set vars.level and a column of vars.csv give the same var" in refused.err
    assert leveled("run", "--each", "none.csv").code == 2
