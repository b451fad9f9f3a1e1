"""The resources: every form of every answer, after one run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

    Project = Any


@pytest.fixture
def ran(project: Project) -> dict[str, str]:
    """One run, and the names of what it made."""
    assert project("run").code == 0
    names = {noun: project(noun, "list", "-o", "name").out.split() for noun in ("runs", "jobs", "datasets", "models")}
    assert [len(names[noun]) for noun in names] == [1, 2, 1, 1]
    return {noun: found[0] for noun, found in names.items()}


def _commands(names: dict[str, str]) -> list[list[str]]:
    reads = [[noun, "get", name] for noun, name in names.items()]
    reads += [[noun, "describe", name] for noun, name in names.items() if noun != "runs"]
    reads += [[noun, "list"] for noun in names]
    reads += [["jobs", "logs", names["jobs"]], ["runs", "logs", names["runs"]], ["logs", f"{names['runs']}/train"]]
    reads += [["providers"], ["providers", "list"], ["providers", "describe", "local"], ["doctor"]]
    reads += [["config", "show"], ["config", "show", "--origin"], ["explain", "train"], ["validate"], ["plan"], ["run"]]
    reads += [["init", "--from", "list"], ["runs", "cancel", names["runs"]], ["jobs", "cancel", names["jobs"]]]
    reads += [["models", "alias", names["models"], "best"], ["models", "approve", names["models"]]]
    return reads


def test_every_command_answers_in_every_form(project: Project, ran: dict[str, str]) -> None:
    for command in _commands(ran):
        answers = {form: project(*command, "-o", form) for form in ("json", "yaml", "name", "table")}
        for form, answer in answers.items():
            assert answer.code == 0, (command, form, answer.err)
            assert "\x1b" not in answer.out + answer.err
        json.loads(answers["json"].out)
        yaml.load(answers["yaml"].out, yaml.CSafeLoader)  # noqa: TID251 - our own output


def test_a_job_is_described_with_its_metrics_inputs_and_code(project: Project, ran: dict[str, str]) -> None:
    described = json.loads(project("jobs", "describe", ran["jobs"], "-o", "json").out)
    assert described["status"] == "succeeded"
    assert [metric["value"] for metric in described["metrics"]] == [0.75]
    assert described["record"]["inputs"]["train"]["name"].startswith("dataset://tiny/")


def test_logs_are_found_by_run_and_step_and_hold_every_line(project: Project, ran: dict[str, str]) -> None:
    by_step = project("logs", f"{ran['runs']}/train").out
    assert by_step == project("jobs", "logs", ran["jobs"]).out == project("logs", ran["jobs"], "--follow").out
    assert "training \\e[31mred\n" in by_step
    assert "train   | training \\e[31mred\n" in project("runs", "logs", ran["runs"]).out
    assert project("logs", f"{ran['runs']}/data").code == 1
    assert "its steps: prepare, data, train, register" in project("logs", f"{ran['runs']}/nothing").err


def test_a_model_is_downloaded_into_a_new_folder_only(project: Project, ran: dict[str, str]) -> None:
    done = project("models", "download", "tiny@champion", "here", "-o", "json")
    assert done.code == 0, done.err
    folder = project.folder / "here"
    assert (folder / "model" / "model.txt").read_text() == "half"
    assert (folder / "MANIFEST.json").is_file()
    again = project("models", "download", "tiny@champion", "here")
    assert again.code == 1
    assert "is not empty" in again.err


def test_a_model_is_deleted_or_retired_only_without_an_alias(project: Project, ran: dict[str, str]) -> None:
    assert project("models", "delete", "tiny:1").code == 2
    assert project("models", "delete", "tiny:1", "--yes").code == 1
    assert project("models", "reject", "tiny:1").code == 1
    assert "champion" in project("models", "get", "tiny:1").out
    assert project("models", "alias", "tiny:1", "champions", "--drop").code == 1
    assert project("models", "alias", "tiny:1", "champion", "--drop").code == 0
    assert "retired" in project("models", "retire", "tiny:1").out
    assert "approved" in project("models", "restore", "tiny:1").out
    assert project("models", "delete", "tiny:1", "--yes", "-o", "name").out == "tiny:1\n"
    assert project("models", "list", "-o", "name").out == ""


def test_deleting_takes_one_thing_away(project: Project, ran: dict[str, str]) -> None:
    assert project("jobs", "delete", ran["jobs"]).code == 2
    deleted = project("jobs", "delete", ran["jobs"], "--yes", "-o", "json")
    assert json.loads(deleted.out) == {"deleted": ran["jobs"]}
    assert ran["jobs"] not in project("jobs", "list", "-o", "name").out
    assert project("datasets", "delete", ran["datasets"], "--yes").code == 0
    assert project("datasets", "list", "-o", "name").out == ""


def test_a_run_that_was_deleted_is_not_listed(project: Project, ran: dict[str, str]) -> None:
    assert project("runs", "delete", ran["runs"]).code == 0
    assert project("runs", "list", "-o", "name").out == ""


def test_the_configuration_says_where_each_value_came_from(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(**{"mlops-cloud_toml": 'project = "crm"\n[profiles.here]\nprovider = "local"\n'})
    shown = project("config", "show", "--origin", "--profile", "here").out
    assert "flag profile" in shown
    assert "crm" in shown
    assert "mlops-cloud.toml: project" in shown
    named = json.loads(project("config", "show", "--profile", "here", "--project", "other", "-o", "json").out)
    assert {entry["name"]: entry["value"] for entry in named}["project"] == "other"


def test_doctor_exits_with_1_when_something_is_wrong(project: Project) -> None:
    found = project("doctor", "--profile", "nowhere")
    assert found.code == 1
    assert "NOT OK" in found.out
    assert "no profile is called 'nowhere'" in found.out


def test_completion_prints_a_script_for_each_shell(project: Project) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = project("completion", shell)
        assert script.code == 0
        assert "_MLOPS_CLOUD_COMPLETE" in script.out


def test_the_schema_is_one_document(project: Project) -> None:
    schema = json.loads(project("schema").out)
    assert "steps" in schema["properties"]


def test_init_writes_a_recipe_that_is_valid_and_overwrites_nothing(project: Project, tmp_path: Path) -> None:
    written = project("init", str(tmp_path / "Call Centre"), "-o", "json")
    assert written.code == 0, written.err
    folder = tmp_path / "Call Centre"
    recipe = folder / "recipe.yaml"
    assert recipe.read_text().startswith("# yaml-language-server: $schema=./recipe.schema.json\nrecipe: call-centre\n")
    assert json.loads((folder / "recipe.schema.json").read_text())
    assert set(json.loads(written.out)["files"]) == {path.name for path in folder.iterdir()}
    assert project("validate", str(recipe)).code == 0
    before = recipe.read_bytes()
    again = project("init", str(folder))
    assert again.code == 1
    assert "is there already" in again.err
    assert recipe.read_bytes() == before


def test_init_names_the_ready_recipes_when_there_is_none_of_that_name(project: Project) -> None:
    unknown = project("init", "new", "--from", "brest-cancer")
    assert unknown.code == 2
    assert "no ready recipe is called 'brest-cancer'" in unknown.err
    assert not (project.folder / "new").exists()


def test_init_copies_a_ready_recipe_that_is_valid(project: Project) -> None:
    names = json.loads(project("init", "--from", "list", "-o", "json").out)
    assert {"breast-cancer", "diabetes"} <= set(names)
    for name in names:
        copied = project("init", name, "--from", name)
        assert copied.code == 0, copied.err
        assert copied.err.endswith(f"cd {name} && mlops-cloud run recipe.yaml\n")
        recipe = project.folder / name / "recipe.yaml"
        assert recipe.read_text().startswith("# yaml-language-server: $schema=./recipe.schema.json\n")
        assert (recipe.parent / "mlops-cloud.toml").is_file()
        assert project("validate", str(recipe)).code == 0


@pytest.mark.uses_sklearn
def test_the_example_of_init_runs_to_a_registered_model(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project("init", "churn").code == 0
    monkeypatch.chdir(project.folder / "churn")
    ran = project("run")
    assert ran.code == 0, ran.err
    assert "model churn:1 as champion, approved" in ran.out
    assert "1 of 1 gates passed" in ran.out
