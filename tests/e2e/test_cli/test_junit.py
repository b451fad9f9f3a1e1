"""`run --junit`: what a CI system reads."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    Project = Any


def _verdicts(suite: Element) -> dict[str, str]:
    return {case.attrib["name"]: case[0].tag for case in suite.findall("testcase")}


def test_steps_are_cases(project: Project, suite_of: Callable[[Path], Element]) -> None:
    assert project("run", "--junit", "out.xml").code == 0
    suite = suite_of(project.folder / "out.xml")
    assert suite.attrib["name"] == "tiny"
    assert list(_verdicts(suite)) == ["prepare", "data", "train", "register"]
    assert set(_verdicts(suite).values()) == {"system-out"}
    assert float(suite.attrib["time"]) > 0
    run = project("runs", "list", "-o", "name").out.strip()
    assert [(one.attrib["name"], one.attrib["value"]) for one in suite.iter("property")] == [("run", run)]
    assert project("run", "--junit", "out.xml").code == 0
    told = [case.findtext("system-out") for case in suite_of(project.folder / "out.xml").iter("testcase")]
    assert all(text and text.startswith("cached: ") for text in told)


def test_a_failure_holds_the_error_and_what_was_blocked_is_skipped(
    project: Project, suite_of: Callable[[Path], Element]
) -> None:
    hostile = "]]><x>&\\x00\\x1b[2J\\ud800\\ufffe\\u202e\\x85"
    output = "import sys\nsys.stdout.reconfigure(errors='surrogatepass')\n"
    project.write(train_py=f"{output}print('{hostile}')\nraise ValueError('no {hostile} luck')\n")
    assert project("run", "--junit", "deep/er/out.xml").code == 1
    path = project.folder / "deep/er/out.xml"
    suite = suite_of(path)
    assert list(_verdicts(suite).values()) == ["system-out", "system-out", "failure", "skipped"]
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "JobFailedError"
    assert "ValueError: no ]]><x>&" in failure.attrib["message"]
    assert "\\e[2J" in (failure.text or "")
    assert "blocked: train failed" in [element.attrib["message"] for element in suite.iter("skipped")]
    assert path.stat().st_mode & 0o777 == 0o644
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]", path.read_text())


def test_what_waits_or_is_switched_off_is_skipped(project: Project, suite_of: Callable[[Path], Element]) -> None:
    text = (
        project.folder / "recipe.yaml"
    ).read_text() + "    approval: manual\n  more: {kind: processing, script: prepare.py, when: false}\n"
    project.write(recipe_yaml=text)
    assert project("run", "--junit", "out.xml").code == 4
    suite = suite_of(project.folder / "out.xml")
    assert [element.attrib["message"] for element in suite.iter("skipped")] == [
        "paused: tiny:1 is pending: mlops-cloud models approve tiny:1",
        "skipped: when: is false",
    ]


def test_a_broken_expectation_is_a_failure(project: Project, suite_of: Callable[[Path], Element]) -> None:
    text = (project.folder / "recipe.yaml").read_text().replace("target: y", "target: y\n    expect: {rows: {min: 99}}")
    project.write(recipe_yaml=text)
    assert project("run", "--junit", "out.xml").code == 3
    failure = suite_of(project.folder / "out.xml").find("testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "ExpectationError"
    assert "40 rows, at least 99 are expected" in (failure.text or "")


def test_a_recipe_that_is_refused_is_an_error(project: Project, suite_of: Callable[[Path], Element]) -> None:
    project.write(recipe_yaml="recipe: tiny\nsteps:\n  prepare: {kind: procesing, script: prepare.py}\n")
    assert project("run", "--junit", "out.xml").code == 2
    suite = suite_of(project.folder / "out.xml")
    error = suite.find("testcase/error")
    assert error is not None
    assert error.attrib["type"] == "RecipeError"
    assert "recipe.yaml:3:19" in (error.text or "")


def test_an_interrupted_run_is_reported(project: Project, suite_of: Callable[[Path], Element]) -> None:
    project.write(train_py="import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    running = project.process("run", "--follow", "--junit", "out.xml")
    assert until(lambda: "begun" in running.stderr.readline())
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    suite = suite_of(project.folder / "out.xml")
    assert _verdicts(suite)["train"] == _verdicts(suite)["recipe"] == "error"
    assert _verdicts(suite)["prepare"] == "system-out"


@pytest.mark.parametrize("path", ["folder", "file.txt/out.xml", os.devnull])
def test_what_cannot_be_written_is_said_before_anything_runs(project: Project, path: str) -> None:
    (project.folder / "folder").mkdir()
    (project.folder / "file.txt").touch()
    refused = project("run", "--junit", path)
    assert refused.code == 2
    assert f"{path} cannot be written" in refused.err
    assert project("runs", "list", "-o", "name").out == ""


def test_the_old_report_stays_until_the_new_one_is_whole(project: Project, suite_of: Callable[[Path], Element]) -> None:
    project.write(out_xml="old")
    seen = "import pathlib\nassert pathlib.Path('" + str(project.folder / "out.xml") + "').read_text() == 'old'\n"
    project.write(train_py=seen + (project.folder / "train.py").read_text())
    assert project("run", "--junit", "out.xml").code == 0
    suite_of(project.folder / "out.xml")
    assert {path.name for path in project.folder.iterdir()} == {"recipe.yaml", "prepare.py", "train.py", "out.xml"}
