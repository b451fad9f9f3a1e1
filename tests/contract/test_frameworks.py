"""Models of the usual libraries: trained by their authors' scripts in environments of their own, measured, kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import mlops_cloud as mc

HERE = Path(__file__).parent
RECIPE = """
recipe: {name}
defaults: {{environment: {{requirements: {requirements}}}}}
steps:
  data:
    kind: dataset
    source: points.csv
    target: label
    split: {{train: 0.7, test: 0.3, method: stratified, seed: 3}}
  train:
    kind: training
    script: train.py
    inputs: {{train: "${{{{ steps.data.splits.train }}}}"}}
    {more}
  evaluate:
    kind: evaluation
    model: ${{{{ steps.train.model }}}}
    data: ${{{{ steps.data.splits.test }}}}
    task: classification
    positive: "yes"
    resamples: 100
    gates: {{auc: {{min: 0.9}}}}
  register: {{kind: model, model: "${{{{ steps.train.model }}}}", evaluation: "${{{{ steps.evaluate.report }}}}"}}
"""
MEASURING = ("scikit-learn>=1.7", "scipy>=1.15")
FRAMEWORKS = {
    "sklearn": (["pandas>=2.3", "skops>=0.13"], {"n-estimators": 20}, {"model.skops"}),
    "xgboost": (["xgboost>=3", "pandas>=2.3"], {"num_round": 10}, {"model.json", "model.ubj"}),
    "lightgbm": (["lightgbm>=4"], {"num-leaves": 5}, {"model.txt"}),
    "keras": (["keras>=3", "jax"], {}, {"model.keras"}),
    "pytorch": (["torch>=2.6"], {"epochs": 12, "batch-size": 32}, {"model.pt"}),
}

pytestmark = [pytest.mark.contract, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(autouse=True)
def built_once(environments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_CLOUD_HOME", str(environments))


def project(folder: Path, name: str, trust: str = "", **parameters: object) -> mc.Recipe:
    requirements, given, _ = FRAMEWORKS[name]
    shutil.copytree(HERE / "frameworks" / name, folder)
    rows = [(n % 23 + 17 * (n % 2), (n * 7) % 11, ("no", "yes")[n % 2]) for n in range(200)]
    (folder / "points.csv").write_text("x1,x2,label\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    more = {"parameters": {**given, **parameters}, **({"trust": trust} if trust else {})}
    more |= {"predictor": "predictor.py"} if (folder / "predictor.py").exists() else {}
    fields = "\n    ".join(f"{key}: {json.dumps(value)}" for key, value in more.items())
    whole = json.dumps(sorted({*requirements, *MEASURING}))
    text = RECIPE.format(name=name, requirements=whole, more=fields)
    (folder / "recipe.yaml").write_text(text)
    return mc.Recipe.load(folder / "recipe.yaml")


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_model_is_trained_measured_and_registered(name: str, tmp_path: Path) -> None:
    recipe = project(tmp_path / "project", name)
    with mc.connect("local", project="shop", folder=tmp_path) as cloud:
        result = recipe.run(cloud)
        assert result.exit_code == 0, [step.error for step in result.state.steps.values()]
        version = cloud.models.named(f"{name}:1")
        bundle = cloud.models.download(version, tmp_path / "bundle")
        assert {path.name for path in (bundle.folder / "model").iterdir()} == FRAMEWORKS[name][2]
        assert version.evaluation["metrics"]["auc"]["value"] > 0.9
        assert result.state.steps["train"].summary["metrics"]


def test_a_whole_pytorch_model_is_a_pickle(tmp_path: Path) -> None:
    recipe = project(tmp_path / "project", "pytorch", **{"whole-model": True})
    with mc.connect("local", project="shop", folder=tmp_path) as cloud:
        result = recipe.run(cloud)
        error = next(step.error for step in result.state.steps.values() if step.error)
        assert "the model holds a pickle: model.pt names net.Net" in error
