"""The real mlflow client, unmodified, reports to the job it runs in."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.contract, pytest.mark.timeout(900)]

TRAIN = """
import os
import mlflow
from mlflow import MlflowClient

mlflow.set_experiment("churn")
mlflow.autolog(disable=True)
with mlflow.start_run(run_name="main") as run:
    mlflow.log_params({"lr": 0.1, "depth": 3})
    for epoch in range(3):
        mlflow.log_metric("loss", 1 / (epoch + 1), step=epoch)
    mlflow.log_metrics({"val loss": float("nan"), "best": float("inf")}, step=2)
    mlflow.log_text("hello", "notes/hello.txt")
    mlflow.log_dict({"a": 1}, "d.json")
    mlflow.set_tag("team", "crm")
    for trial in range(2):
        with mlflow.start_run(run_name=f"trial-{trial}", nested=True):
            mlflow.log_metric("loss", trial)
client = MlflowClient()
history = client.get_metric_history(run.info.run_id, "loss")
assert [(m.step, m.value) for m in history] == [(0, 1.0), (1, 0.5), (2, 1 / 3)], history
assert client.get_run(run.info.run_id).data.params == {"lr": "0.1", "depth": "3"}
assert len(client.search_runs([run.info.experiment_id])) == 3
assert client.get_experiment_by_name("none of this name") is None
try:
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_param("lr", 0.2)
    raise AssertionError("a parameter was changed")
except mlflow.exceptions.MlflowException as error:
    assert "not allowed" in str(error), error

import mlflow.pyfunc

class Half(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [row / 2 for row in model_input]

with mlflow.start_run(run_name="model"):
    info = mlflow.pyfunc.log_model("half", python_model=Half(), registered_model_name="half")
    mlflow.log_metric("after", 1)
mlflow.pyfunc.save_model(os.path.join(os.environ["MLOPS_MODEL_DIR"], "half"), python_model=Half())
assert mlflow.pyfunc.load_model(info.model_uri).predict([4]) == [2.0]
"""


@pytest.mark.parametrize("requirement", ["mlflow-skinny>=3.1", "mlflow-skinny>=2.20,<3"])
def test_the_client_reports_to_its_job(tmp_path: Path, requirement: str) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    environment = mc.Environment(requirements=(requirement, "numpy", "pandas"))
    with mc.connect("local", project="shop", folder=tmp_path) as cloud:
        spec = mc.TrainingJob(name="train", script="train.py", environment=environment)
        job = cloud.training.submit(spec, folder=tmp_path).wait()
        seen = [(metric.name, metric.step, metric.value) for metric in job.metrics]
        assert seen[:3] == [("loss", 0, 1.0), ("loss", 1, 0.5), ("loss", 2, 1 / 3)]
        assert math.isnan(next(value for name, _, value in seen if name == "val_loss"))
        assert ("best", 2, math.inf) in seen
        assert seen[-1] == ("after", 0, 1.0)
        assert sum(name == "loss" for name, *_ in seen) == 3, "trials keep theirs"
        output = cloud.provider.storage.download(job.outputs["output"], tmp_path / "unused")
        lines = cloud.training.logs(job.name).lines
    runs = {run["name"]: run for run in (json.loads(path.read_text()) for path in output.glob("mlflow/*/run.json"))}
    assert set(runs) == {"main", "trial-0", "trial-1", "model"}
    assert (runs["main"]["tags"]["team"], runs["main"]["status"]) == ("crm", "FAILED"), "its block was left by an error"
    assert [path.read_text() for path in output.glob("mlflow/*/artifacts/notes/hello.txt")] == ["hello"]
    shown = [line for line in lines if "http://" in line]
    assert "<3" in requirement or not shown, "no address is shown that nobody can open, where mlflow can be told so"
