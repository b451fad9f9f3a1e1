"""Batch predictions through the service and as a step of a recipe, on this computer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError, JobFailedError, MlopsCloudError, NotFoundError, UnsupportedError
from mlops_cloud.recipes.plan import plan
from mlops_cloud.recipes.run import run_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRAIN = """
import os
from pathlib import Path
Path(os.environ["MLOPS_MODEL_DIR"], "factor.txt").write_text("2.0")
"""
PREDICTOR = """
from pathlib import Path

def load(model_dir):
    return float((Path(model_dir) / "factor.txt").read_text())

def predict(model, rows):
    assert all("label" not in row for row in rows)
    return ["high" if row["x"] * model > 50 else "low" for row in rows]
"""
COPY = """
import os, shutil
shutil.copy(os.environ["MLOPS_INPUT_PREDICTIONS_FILE"], os.path.join(os.environ["MLOPS_OUTPUT_DIR"], "copy.csv"))
"""
RECIPE = """
recipe: shop
steps:
  data: {kind: dataset, source: rows.csv, target: label, split: {train: 0.5, test: 0.5}}
  train:
    kind: training
    script: train.py
    predictor: predictor.py
    inputs: {train: "${{ steps.data.splits.train }}"}
  score:
    kind: batch_prediction
    model: ${{ steps.train.model }}
    data: ${{ steps.data.version }}
    columns: [x]
    chunk_rows: 7
  scored: {kind: dataset, name: scored, source: "${{ steps.score.predictions }}"}
  after:
    kind: processing
    script: copy_rows.py
    inputs: {predictions: "${{ steps.score.predictions }}"}
    outputs: {copy: copy.csv}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recipe"
    made.mkdir()
    (made / "rows.csv").write_text("x,label\n" + "".join(f"{x},{'ab'[x % 2]}\n" for x in range(40)))
    (made / "train.py").write_text(TRAIN)
    (made / "predictor.py").write_text(PREDICTOR)
    (made / "copy_rows.py").write_text(COPY)
    (made / "recipe.yaml").write_text(RECIPE)
    return made


@pytest.fixture
def cloud(folder: Path) -> Iterator[mc.Client]:
    with mc.connect("local", project="shop", folder=folder) as client:
        yield client


@pytest.fixture
def model(cloud: mc.Client, folder: Path) -> Any:
    job = cloud.training.submit(mc.TrainingJob(script="train.py", predictor="predictor.py"), folder=folder)
    job.wait()
    return job


def rows_of(predictions: Any) -> list[str]:
    with predictions.open() as stream:
        lines: list[str] = stream.read().decode().splitlines()
    return lines


def test_predictions_of_a_file_are_made_once(cloud: mc.Client, folder: Path, model: Any) -> None:
    (folder / "new.csv").write_text("x\n" + "".join(f"{x}\n" for x in range(40)))
    spec = mc.BatchPrediction(model=model, data="new.csv", chunk_rows=7)
    first = cloud.batch.run(spec, folder=folder)
    assert first.rows == 40
    assert rows_of(first) == ["prediction"] + ["low"] * 26 + ["high"] * 14
    assert first.document["predictions"]["counts"] == {"high": 14, "low": 26}
    assert first.job.latest_metrics()["rows"] == 40
    second = cloud.batch.run(spec, folder=folder)
    assert second.job.name == first.job.name
    assert "40" in second._repr_html_()
    assert second.download(folder / "there").read_bytes().startswith(b"prediction\n")
    (folder / "new.csv").write_text("x\n1\n")
    assert cloud.batch.run(spec, folder=folder).rows == 1


def test_a_registered_version_predicts_the_same(cloud: mc.Client, folder: Path, model: Any) -> None:
    version = cloud.models.register(mc.Model(name="shop", model=model))
    data = cloud.datasets.create(mc.Dataset(name="rows", source="rows.csv", target="label"), folder=folder)
    found = cloud.batch.run(mc.BatchPrediction(model=version, data=data, columns="all"), folder=folder)
    assert rows_of(found)[:3] == ["x,label,prediction", "0,a,low", "1,b,low"]
    bundle = str(cloud.models.download(version, folder / "bundle").folder)
    again = cloud.batch.run(mc.BatchPrediction(model=bundle, data=data, columns="all"), folder=folder)
    assert again.job.name == found.job.name


def test_a_recipe_predicts_and_goes_on_with_the_predictions(cloud: mc.Client, folder: Path) -> None:
    recipe = mc.Recipe.load(folder / "recipe.yaml")
    result = run_recipe(cloud.session, recipe)
    steps = result.state.steps
    assert {name: step.status for name, step in steps.items()} == dict.fromkeys(recipe.order, "succeeded")
    assert steps["score"].summary["rows"] == 40
    assert steps["scored"].summary["rows"] == 40
    again = run_recipe(cloud.session, recipe)
    assert again.state.steps["score"].status == "cached"
    assert again.state.steps["score"].summary["rows"] == 40


def test_a_plan_names_the_job(folder: Path) -> None:
    with mc.connect("local", project="shop", folder=folder, read_only=True) as cloud:
        planned = plan(cloud.session, mc.Recipe.load(folder / "recipe.yaml"))
    assert "score" in {step.name for step in planned.steps}


def test_the_native_engine_is_refused_with_its_reason(cloud: mc.Client, folder: Path, model: Any) -> None:
    with pytest.raises(UnsupportedError, match="native engine is not available on local") as caught:
        cloud.batch.run(mc.BatchPrediction(model=model, data="rows.csv", engine="native"), folder=folder)
    assert "no service of its own" in caught.value.why
    assert not list(cloud.processing.list())


def test_a_failing_row_fails_the_job_with_its_number(cloud: mc.Client, folder: Path, model: Any) -> None:
    (folder / "new.csv").write_text("x\n1\n2\n\nNA\n")
    with pytest.raises(JobFailedError) as caught:
        cloud.batch.run(mc.BatchPrediction(model=model, data="new.csv"), folder=folder)
    assert "the model cannot predict row 3 (new.csv:5)" in caught.value.log_tail


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"model": "nobody@champion"}, NotFoundError),
        ({"model": "nobody"}, InvalidSpecError),
        ({"data": "nothing.csv"}, NotFoundError),
        ({"columns": ("x", "x")}, InvalidSpecError),
        ({"chunk_rows": 0}, InvalidSpecError),
        ({"output": "xlsx"}, InvalidSpecError),
    ],
)
def test_what_is_not_there_is_said_before_anything_runs(
    fields: dict[str, Any], error: type[MlopsCloudError], cloud: mc.Client, folder: Path, model: Any
) -> None:
    with pytest.raises(error):
        cloud.batch.run(mc.BatchPrediction(**{"model": model, "data": "rows.csv", **fields}), folder=folder)
    assert not list(cloud.processing.list())


def test_a_cancelled_prediction_goes_on_in_the_next_attempt(cloud: mc.Client, folder: Path, own_home: Path) -> None:
    mark = folder / "mark"
    mark.touch()
    waits = (
        f"import time\nfrom pathlib import Path\n\nload = print\n\ndef predict(model, rows):\n"
        f"    while rows[0]['x'] >= 20 and Path({str(mark)!r}).exists():\n        time.sleep(0.01)\n"
        f"    return [row['x'] for row in rows]\n"
    )
    (folder / "predictor.py").write_text(waits)
    (folder / "new.csv").write_text("x\n" + "".join(f"{x}\n" for x in range(40)))
    model = cloud.training.submit(mc.TrainingJob(script="train.py", predictor="predictor.py"), folder=folder)
    model.wait()
    spec = mc.BatchPrediction(model=model, data="new.csv", chunk_rows=10)
    jobs = cloud.processing
    prepared = cloud.batch.prepare(spec, folder)
    started = jobs.start(prepared)
    end = time.monotonic() + 20
    while not list(own_home.rglob("part-000001.csv")):
        assert time.monotonic() < end
        time.sleep(0.01)
    started.cancel()
    started.follow(quiet=True)
    mark.unlink()
    done = cloud.batch.predict(prepared)
    assert done.document["kept_rows"] == 20
    assert rows_of(done) == ["prediction", *map(str, range(40))]


FIT = """
import os
from pathlib import Path
import pandas as pd
from sklearn.linear_model import LogisticRegression
from mlops_runtime import save_model

table = pd.read_csv(os.environ["MLOPS_INPUT_TRAIN_FILE"])
save_model(LogisticRegression().fit(table[["x"]], table["label"]))
"""


@pytest.mark.uses_sklearn
def test_predictions_have_the_accuracy_that_an_evaluation_measures(cloud: mc.Client, folder: Path) -> None:
    (folder / "fit.py").write_text(FIT)
    (folder / "odd.csv").write_text("x,label\n" + "".join(f"{x},{'ab'[x > 20 or x % 5 == 0]}\n" for x in range(40)))
    data = cloud.datasets.create(mc.Dataset(name="odd", source="odd.csv", target="label"), folder=folder)
    model = cloud.training.submit(mc.TrainingJob(script="fit.py", inputs={"train": data}), folder=folder)
    model.wait()
    report = cloud.evaluation.run(mc.Evaluation(model=model, data=data, task="classification"))
    found = cloud.batch.run(mc.BatchPrediction(model=model, data=data, columns=["label"], chunk_rows=9))
    rows = [row.split(",") for row in rows_of(found)[1:]]
    assert sum(label == answer for label, answer in rows) / 40 == report.metrics["accuracy"] < 1
