"""`kind: tuning` in a recipe: its trials as a plan and a run show them, what it offers, and what is known already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.cli.main import answer
from mlops_cloud.errors import NotFoundError, RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIN = """
import os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
open(os.path.join(os.environ["MLOPS_MODEL_DIR"], "model.txt"), "w").write(given["--x"])
print("[metric] loss=%r" % abs(float(given["--x"]) - 0.3))
"""
RECIPE = """
recipe: shop
vars: {seed: 7, trials: 5}
steps:
  tune:
    kind: tuning
    script: train.py
    parameters: {fixed: 1}
    search:
      strategy: random
      minimize: loss
      max_trials: ${{ vars.trials }}
      seed: ${{ vars.seed }}
      space: {x: {float: [0, 1]}, kind: {choice: [a, b]}}
  again:
    kind: training
    command: python train.py --x ${{ parameters.x }}
    code: [train.py]
    parameters: {x: "${{ steps.tune.parameters.x }}"}
  look:
    kind: processing
    command: cp ${{ inputs.trials }} ${{ outputs.copy }}
    inputs: {trials: "${{ steps.tune.trials }}"}
    outputs: {copy: copy.csv}
  register: {kind: model, model: "${{ steps.tune.model }}", alias: champion}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The answer of one command line that ends well."""

    def asked(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert answer(words) == code, capsys.readouterr().err
        return capsys.readouterr().out

    return asked


def steps(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)["steps"]
    return found


def test_a_plan_says_how_many_trials_and_shows_the_first(ask: Callable[..., str]) -> None:
    plan = {step["name"]: step for step in json.loads(ask("plan", "-o", "json"))["steps"]}
    assert plan["tune"]["compute"] == "5 trials x 1 cpu, 2Gi, 2 at once"
    bodies = [request["body"] for request in plan["tune"]["requests"]]
    assert len(bodies) == 2
    assert all(body["parameters"]["fixed"] == 1 for body in bodies)
    assert bodies[0]["parameters"]["x"] != bodies[1]["parameters"]["x"]
    assert [step["action"] for step in plan.values()] == ["run"] * 4
    assert ask("tuning", "list", "-o", "json") == "[]\n"


def test_what_it_found_goes_on_to_other_steps(ask: Callable[..., str], project: Path) -> None:
    run = steps(ask("run", "-o", "json"))
    assert {step["status"] for step in run.values()} == {"succeeded"}
    summary = run["tune"]["summary"]
    trials = json.loads(ask("tuning", "trials", summary["tuning"], "-o", "json"))
    best = min(trials, key=lambda trial: trial["objective"])
    assert (best["number"], best["job"], best["parameters"]) == (summary["best"], summary["job"], summary["parameters"])
    assert run["again"]["summary"]["metrics"]["loss"] == best["objective"]
    with mc.connect("local") as cloud:
        copy = cloud.training.get(run["look"]["summary"]["job"]).outputs["copy"]
        with cloud.provider.storage.open(copy) as stream:
            assert stream.read().decode().startswith("trial,loss,status,seconds,kind,x,job,reason\n0,")
    version = json.loads(ask("models", "describe", "shop@champion", "-o", "json"))
    assert ask("models", "download", "shop@champion", str(project / "bundle"), "-o", "name")
    assert (project / "bundle" / "model" / "model.txt").read_text() == repr(best["parameters"]["x"])
    assert version["version"] == 1


def test_it_is_known_when_nothing_changed(ask: Callable[..., str], project: Path) -> None:
    first = ask("run")
    assert "best of 5 trials: kind=" in first
    assert "report of tune" in first
    again = ask("run")
    assert again.count("cached") == 4
    assert {step["status"] for step in steps(ask("run", "-o", "json", "--set", "vars.seed=7")).values()} == {"cached"}
    assert "search.max_trials: 5 -> 6" in ask("explain", "tune", "recipe.yaml", "--set", "vars.trials=6")
    larger = steps(ask("run", "-o", "json", "--set", "vars.trials=6"))
    assert larger["tune"]["status"] == "succeeded"
    with mc.connect("local") as cloud:
        tuned = [job for job in cloud.training.list() if job.name.startswith("shop-tune-")]
        assert len(tuned) == 6


def test_a_best_model_that_is_gone_is_made_again(ask: Callable[..., str]) -> None:
    job = steps(ask("run", "-o", "json"))["tune"]["summary"]["job"]
    ask("jobs", "delete", job, "--yes")
    again = steps(ask("run", "-o", "json"))
    assert again["tune"]["status"] == "succeeded"
    assert again["tune"]["summary"]["job"] == job
    with mc.connect("local") as cloud:
        assert cloud.training.get(job).status == "succeeded"


def test_the_command_lines_of_a_tuning(ask: Callable[..., str]) -> None:
    ask("run")
    name = ask("tuning", "list", "-o", "name").strip()
    assert name in ask("tuning", "get", name)
    described = ask("tuning", "describe", name)
    assert "loss, smaller is better" in described
    page = next(line for line in described.splitlines() if line.startswith("page")).split()[1]
    assert Path(page).read_text().startswith("<!DOCTYPE html>")
    assert "[metric] loss=" in ask("logs", "shop/tune")
    assert len(ask("tuning", "trials", name).splitlines()) == 6
    assert ask("tuning", "delete", name, "--yes", "-o", "name") == f"{name}\n"
    assert ask("tuning", "list", "-o", "name") == ""
    ask("tuning", "get", name, code=1)


def test_destroy_deletes_the_tuning_with_its_jobs(ask: Callable[..., str]) -> None:
    name = steps(ask("run", "-o", "json"))["tune"]["summary"]["tuning"]
    ask("destroy", "shop", "--yes")
    with mc.connect("local") as cloud:
        assert list(cloud.training.list()) == []
        with pytest.raises(NotFoundError):
            cloud.tuning.get(name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("space: {x: {float: [0, 1]}, kind: {choice: [a, b]}}", "space: {}", ": steps.tune.search: space is empty"),
        (
            "{float: [0, 1]}",
            "{flaot: [0, 1]}",
            ": steps.tune.search.space.x.flaot: unknown field; did you mean 'float'?",
        ),
        ("{float: [0, 1]}", "{log: [0, 1]}", ": steps.tune.search.space.x: a logarithmic scale begins above 0"),
        ("strategy: random", "strategy: radnom", ": steps.tune.search.strategy: must be 'grid', 'random', 'bayesian'"),
        (
            "steps.tune.parameters.x",
            "steps.tune.parameters.y",
            "offers no 'parameters.y'; did you mean 'parameters.x'?",
        ),
        ("steps.tune.trials", "steps.tune.trails", "offers no 'trails'; did you mean 'trials'?"),
    ],
)
def test_mistakes_are_told_with_their_place(project: Path, old: str, new: str, said: str) -> None:
    assert old in RECIPE
    (project / "recipe.yaml").write_text(RECIPE.replace(old, new))
    with pytest.raises(RecipeError) as caught:
        mc.Recipe.load("recipe.yaml")
    assert any(said in problem for problem in caught.value.problems), caught.value.problems
