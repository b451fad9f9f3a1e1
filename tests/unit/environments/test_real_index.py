"""With the real index: a library that is not installed here, and uv."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.packages import tools
from mlops_cloud.packages.targets import Target
from mlops_cloud.services.lock_solver import Solver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.contract

TRAIN = """
import csv, os
import lightgbm
import numpy as np
with open(os.environ["MLOPS_INPUT_TRAIN_FILE"]) as stream:
    rows = list(csv.DictReader(stream))
x = np.array([[float(row["x"])] for row in rows])
y = np.array([int(row["label"]) for row in rows])
data = lightgbm.Dataset(x, y)
booster = lightgbm.train({"objective": "binary", "min_data_in_leaf": 1, "verbose": -1}, data, 5)
booster.save_model(os.environ["MLOPS_MODEL_DIR"] + "/model.txt")
"""
PREDICTOR = """
import lightgbm

def load(folder):
    return lightgbm.Booster(model_file=folder + "/model.txt")

def predict(model, rows):
    scores = model.predict([[float(row["x"])] for row in rows])
    return [int(score > 0.5) for score in scores]
"""


def test_a_model_of_a_library_that_is_not_here_is_trained_and_evaluated(project: Any) -> None:
    (project.folder / "train.py").write_text(TRAIN)
    (project.folder / "predictor.py").write_text(PREDICTOR)
    rows = "".join(f"{number},{int(number > 100)}\n" for number in range(200))
    (project.folder / "rows.csv").write_text(f"x,label\n{rows}")
    spec = mc.TrainingJob(
        name="t",
        script="train.py",
        predictor="predictor.py",
        inputs={"train": "rows.csv"},
        environment={"requirements": ["lightgbm>=4", "numpy"]},
    )
    with project.cloud() as cloud:
        job = cloud.training.submit(spec, folder=project.folder).wait(300)
        fields = {"model": job.reference(), "data": "rows.csv", "target": "label", "task": "classification"}
        report = cloud.evaluation.run(mc.Evaluation(name="e", **fields), folder=project.folder)
        assert report.metrics["accuracy"] > 0.95
        trained, evaluated = sorted(cloud.environments.list(), key=lambda found: len(found.lines))
        assert set(trained.lines) <= set(evaluated.lines)


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: Any) -> str:
    """uv, installed into a folder that is then the first on PATH."""
    folder = tmp_path / "uv"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "uv>=0.8"], check=True)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    (found,) = tools.uv()
    return found


def test_uv_solves_and_installs_the_same(uv: str, index: Any, project: Any) -> None:
    record, said, _ = project.run(project.job(["wheeltop"]))
    assert said == ["1.0"]
    assert record["lock"] == "wheelbase==1.0\nwheeltop==1.0\n"
    with pytest.raises(InvalidSpecError, match="wheelnew, wheeltop") as caught:
        project.run(project.job(["wheeltop", "wheelnew"]))
    assert "unsatisfiable" in caught.value.why
    pins = Solver(("wheeltop",), Target("3.12", "manylinux_2_28_x86_64")).pins()
    assert sorted(pins) == ["wheelbase==1.0", "wheeltop==1.0"]
