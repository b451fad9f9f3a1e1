"""validate, plan, run, explain and destroy over the local provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    Project = Any


def _document(answer: Any) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_plan_and_validate_write_nothing(project: Project, own_home: Path, tree: Callable[[Path], set[str]]) -> None:
    before = tree(project.folder)
    own_home.rmdir()
    assert project("validate").code == 0
    planned = project("plan")
    assert planned.code == 0
    assert "tiny on local: 4 run." in planned.out
    assert project("explain", "prepare").code == 0
    assert project("runs", "list").code == 0
    assert project("models", "list").code == 0
    assert project("jobs", "list").code == 0
    assert project("datasets", "list").code == 0
    assert project("doctor").code == 0
    assert not own_home.exists()
    assert tree(project.folder) == before


def test_a_plan_holds_the_native_requests(project: Project) -> None:
    plan = _document(project("plan", "-o", "json"))
    first = plan["steps"][0]
    assert (first["name"], first["action"]) == ("prepare", "run")
    assert first["requests"][0]["body"]["parameters"] == {"rows": 40}
    assert "# prepare: local run" in project("plan", "--requests").out


def test_the_detailed_exit_code_tells_changes(project: Project) -> None:
    assert project("plan", "--detailed-exitcode").code == 5
    assert project("run").code == 0
    assert project("plan", "--detailed-exitcode").code == 0
    assert project("plan", "--detailed-exitcode", "--set", "vars.rows=60").code == 5
    assert project("plan", "-o", "name", "--set", "vars.rows=60").out.split() == [
        "prepare",
        "data",
        "train",
        "register",
    ]


def test_a_run_makes_everything_and_the_next_one_nothing(project: Project) -> None:
    first = project("run")
    assert first.code == 0, first.err
    assert "model tiny:1 as champion, approved" in first.out
    assert "train" in first.out
    assert "0.75" in first.out
    assert first.err.splitlines()[:2] == ["prepare   running", first.err.splitlines()[1]]
    assert "mlops-cloud models describe tiny:1" in first.err
    again = _document(project("run", "-o", "json"))
    assert {step["status"] for step in again["steps"].values()} == {"cached"}
    assert again["status"] == "succeeded"


def test_only_what_changed_runs_and_explain_says_why(project: Project) -> None:
    project("run")
    project.write(train_py="# new\n" + (project.folder / "train.py").read_text())
    explained = _document(project("explain", "train", "-o", "json"))
    assert explained["action"] == "run"
    assert [line.split(":")[0] for line in explained["differences"]] == ["code.train.py"]
    statuses = {name: step["status"] for name, step in _document(project("run", "-o", "json"))["steps"].items()}
    assert statuses["prepare"] == statuses["data"] == "cached"
    assert statuses["train"] == "succeeded"
    assert _document(project("explain", "train", "-o", "json"))["differences"] == []


def test_a_step_behind_one_that_has_not_run_cannot_be_explained_yet(project: Project) -> None:
    explained = _document(project("explain", "train", "-o", "json"))
    assert (explained["action"], explained["parts"]) == ("unknown", {})
    assert "prepare runs before it" in explained["reason"]


def test_a_failing_job_answers_with_its_cause_its_last_lines_and_the_way_on(project: Project) -> None:
    project.write(train_py="print('before\\x1b[2J')\nraise ValueError('no luck')\n")
    failed = project("run")
    assert failed.code == 1
    assert "ValueError: no luck" in failed.err
    assert "| before\\e[2J" in failed.err
    assert "register  blocked" in failed.out
    assert "mlops-cloud run recipe.yaml    # goes on from here" in failed.err
    run = project("runs", "list", "-o", "name").out.split()[0]
    assert f"mlops-cloud logs {run}/train" in failed.err
    assert "no luck" in project("logs", f"{run}/train").out
    assert "no luck" in project("logs", "tiny/train").out
    project.write(train_py="import os\nopen(os.environ['MLOPS_MODEL_DIR'] + '/m', 'w').write('x')\n")
    steps = _document(project("run", "-o", "json"))["steps"]
    assert [steps[name]["status"] for name in ("prepare", "train", "register")] == ["cached", "succeeded", "succeeded"]


def test_a_script_with_an_exit_code_of_its_own_fails_the_run(project: Project) -> None:
    project.write(prepare_py="raise SystemExit(3)\n")
    failed = project("run", "-o", "json")
    assert failed.code == 1
    assert json.loads(failed.out)["status"] == "failed"


def test_an_expectation_that_is_broken_refuses(project: Project) -> None:
    broken = "expect: {columns: {x: {max: 10}}}\n    split: {train: 0.5, test: 0.5}"
    project.write(
        recipe_yaml=(project.folder / "recipe.yaml").read_text().replace("split: {train: 0.5, test: 0.5}", broken)
    )
    refused = project("run")
    assert refused.code == 3
    assert "broke 1 of its expectations" in refused.err


def test_an_approval_is_waited_for_and_the_run_goes_on(project: Project) -> None:
    project.write(recipe_yaml=(project.folder / "recipe.yaml").read_text() + "    approval: manual\n")
    waiting = project("run")
    assert waiting.code == 4
    assert "mlops-cloud models approve tiny:1" in waiting.err
    assert project("models", "approve", "tiny:1", "--reason", "fine", "-o", "name").out == "tiny:1\n"
    described = project("models", "describe", "tiny@champion").out
    assert "approved by" in described
    assert ": fine" in described
    assert project("run").code == 0
    assert len(project("models", "list", "-o", "name").out.split()) == 1


def test_destroy_asks_and_then_deletes_what_the_runs_made(project: Project) -> None:
    project("run")
    run = project("runs", "list", "-o", "name").out.strip()
    asked = project("destroy", "recipe.yaml")
    assert asked.code == 2
    assert "add --yes" in asked.err
    assert "model://tiny/1" in asked.err
    assert project("models", "list", "-o", "name").out == "tiny:1\n"
    destroyed = project("destroy", run, "--yes", "-o", "name")
    assert destroyed.code == 0, destroyed.err
    assert destroyed.out.split()[0] == "model://tiny/1"
    for noun in ("models", "datasets", "jobs"):
        assert project(noun, "list", "-o", "name").out == ""


def test_flags_reach_the_recipe(project: Project) -> None:
    plan = _document(project("plan", "-o", "json", "--set", "vars.rows=8"))
    assert plan["steps"][0]["requests"][0]["body"]["parameters"] == {"rows": 8}
    wrong = project("plan", "--set", "vars.rowz=8")
    assert wrong.code == 2
    assert "did you mean 'rows'" in wrong.err
    assert project("plan", "--set", "nothing").code == 2


def test_a_target_of_another_profile_is_refused(project: Project) -> None:
    targets = "targets: {prod: {profile: elsewhere}}\n"
    project.write(recipe_yaml=(project.folder / "recipe.yaml").read_text() + targets)
    refused = project("plan", "--target", "prod", "--profile", "local")
    assert refused.code == 2
    assert "is for profile 'elsewhere', not for 'local'" in refused.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.yaml"], ["there is no recipe nowhere.yaml", "mlops-cloud init"]),
        (["plan", "--profile", "locl"], ["no profile is called 'locl'", "did you mean 'local'"]),
        (["explain", "trian"], ["has no step 'trian'", "did you mean 'train'"]),
        (["rum"], ["no command is called 'rum'", "did you mean 'run'"]),
        (["jobs", "lst"], ["no command is called 'lst'", "did you mean 'list'"]),
        (["run", "--paralel", "3"], ["--paralel", "--parallel"]),
        (["datasets", "delete", "tiny"], ["tiny:VERSION"]),
    ],
)
def test_what_was_mistyped_is_answered_with_what_was_meant(
    project: Project, arguments: list[str], words: list[str]
) -> None:
    refused = project(*arguments)
    assert refused.code == 2
    assert refused.out == ""
    for word in words:
        assert word in refused.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runs", "get", "none"], "no run is called 'none'"),
        (["jobs", "describe", "none-000000000000"], "no job is called"),
        (["models", "get", "tiny:9"], "tiny"),
        (["datasets", "get", "none"], "none"),
        (["logs", "none/train"], "no run is called 'none'"),
    ],
)
def test_what_is_not_there_is_an_error_with_nothing_on_stdout(
    project: Project, arguments: list[str], words: str
) -> None:
    missing = project(*arguments)
    assert missing.code == 1
    assert missing.out == ""
    assert words in missing.err
    assert "Traceback" not in missing.err


def test_a_broken_recipe_is_answered_by_line_and_column(project: Project) -> None:
    project.write(recipe_yaml="recipe: tiny\nsteps:\n  prepare: {kind: procesing, script: prepare.py}\n")
    for command in ("validate", "plan", "run"):
        refused = project(command)
        assert refused.code == 2
        assert refused.err.startswith("recipe.yaml:3:19: steps.prepare.kind:")
        assert "did you mean 'processing'" in refused.err
    project.write(recipe_yaml="recipe: [unclosed\n")
    assert project("run").code == 2


def test_follow_shows_the_jobs_output_by_step(project: Project) -> None:
    followed = project("run", "--follow")
    assert "train    | training \\e[31mred" in followed.err
    assert "training" not in project("run").err
