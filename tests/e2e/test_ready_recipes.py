"""The recipes of the repository: a CSV becomes a registered model, really trained and measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import mlops_cloud as mc
from mlops_cloud.cli.main import answer
from mlops_cloud.errors import CorruptStateError, JobFailedError

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture
def recipe(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(RECIPES / request.param, folder)
    monkeypatch.chdir(folder)
    return folder / "recipe.yaml"


@pytest.mark.uses_sklearn
@pytest.mark.parametrize(
    ("recipe", "name", "metric"),
    [("breast-cancer", "breast-cancer", "auc"), ("diabetes", "diabetes", "mae")],
    indirect=["recipe"],
)
def test_a_recipe_ends_with_a_champion(
    recipe: Path, name: str, metric: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["run", recipe.name, "-o", "json"]) == 0, capsys.readouterr().err
    run = json.loads(capsys.readouterr().out)
    assert [step["status"] for step in run["steps"].values()] == ["succeeded"] * 5
    measured = run["steps"]["evaluate"]["summary"]["metrics"][metric]
    assert measured["low"] < measured["value"] < measured["high"]
    assert all(gate["passed"] for gate in run["steps"]["evaluate"]["summary"]["gates"])
    assert Path(run["reports"]["evaluate"]).read_text().startswith("<!DOCTYPE html>")
    with mc.connect("local") as cloud:
        champion = cloud.models.named(f"{name}@champion")
        assert champion.evaluation["metrics"][metric] == measured
        result = mc.Recipe.load(recipe).run(cloud)
        assert {step.status for step in result.state.steps.values()} == {"cached"}
        assert "cached" in result._repr_html_()
        assert f"{name}:1" in champion._repr_html_()
        assert not mc.Recipe.load(recipe).plan(cloud).changes


@pytest.mark.uses_sklearn
@pytest.mark.parametrize("recipe", ["breast-cancer"], indirect=True)
def test_a_changed_champion_is_found_before_it_is_compared(recipe: Path) -> None:
    with mc.connect("local") as cloud:
        mc.Recipe.load(recipe).run(cloud).raise_for_errors()
        champion = cloud.models.named("breast-cancer@champion")
        stored = cloud.provider.storage.download(champion.uri, recipe.parent / "downloaded") / "signature.json"
        stored.chmod(0o600)
        stored.write_text(stored.read_text().replace("mean_radius", "mean_radium"))
        with pytest.raises(CorruptStateError, match=r"signature\.json"):
            cloud.models.download(champion, recipe.parent / "again")
        sets = [("steps.tune.search.space.C.log", "[1, 2]"), ("steps.tune.search.max_trials", "1")]
        changed = mc.Recipe.load(recipe, sets=sets).run(cloud)
        error = changed.errors["evaluate"]
        assert isinstance(error, JobFailedError)
        assert any("signature.json of the bundle is not what was registered" in line for line in error.log_tail)
