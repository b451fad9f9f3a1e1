"""`import mlflow` where nobody installed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.bundle.archive import Entry, build_archive
from mlops_cloud.bundle.discovery import discover

if TYPE_CHECKING:
    from pathlib import Path


def ran(job: Any, text: str, folder: Path) -> Any:
    (job.recipe / "train.py").write_text("import mlflow\n" + text)
    entry = Entry("script", "train.py", {}, mlflow="stand-in")
    return job.run(build_archive(entry, discover("train.py", job.recipe), folder / "standin.zip"))


def test_what_scripts_report_is_kept(job: Any, tmp_path: Path) -> None:
    finished = ran(
        job,
        """
mlflow.set_tracking_uri("http://elsewhere")
mlflow.set_experiment("churn")
mlflow.autolog(); mlflow.autolog()
with mlflow.start_run(run_name="main", tags={"a": 1}) as run:
    assert mlflow.active_run().info.run_id == run.info.run_id
    mlflow.log_metric("loss", 0.5, step=3)
    mlflow.log_metrics({"val loss": float("nan"), "n": 2}, step=4)
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"depth": 3})
    mlflow.set_tag("k", "v")
    mlflow.log_text("hi", "notes/hi.txt")
    mlflow.log_dict({"a": [1]}, "d.json")
    mlflow.log_artifact(__file__)
    mlflow.log_artifacts(".", "code")
    with mlflow.start_run(nested=True):
        mlflow.log_metric("loss", 9)
mlflow.log_metric("late", 1)
assert mlflow.last_active_run().info.run_id != run.info.run_id
""",
        tmp_path,
    )
    assert finished.code == 0, finished.err
    rows = [(row["name"], row["value"], row["step"]) for row in job.metrics()]
    assert rows == [("loss", 0.5, 3), ("val_loss", "nan", 4), ("n", 2.0, 4), ("late", 1.0, 0)]
    assert finished.err.count("autolog does nothing here; write mlflow-skinny into the requirements") == 1
    kept = {
        json.loads(path.read_text())["name"]: path.parent for path in (job.folder / "output/mlflow").glob("*/run.json")
    }
    main = json.loads((kept["main"] / "run.json").read_text())
    assert (main["parameters"], main["tags"]) == ({"lr": "0.1", "depth": "3"}, {"a": "1", "k": "v"})
    assert main["status"] == "FINISHED"
    files = {path.relative_to(kept["main"]).as_posix() for path in kept["main"].rglob("*") if path.is_file()}
    assert files >= {"artifacts/notes/hi.txt", "artifacts/d.json", "artifacts/train.py", "artifacts/code/train.py"}
    assert len(kept) == 3, "the nested run and the one that began by itself"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mlflow.sklearn.log_model(1, 'm')", "AttributeError"),
        ("import mlflow.sklearn", "ModuleNotFoundError"),
        ("from mlflow import MlflowClient", "ImportError"),
        ("from mlflow.models import infer_signature", "ModuleNotFoundError"),
    ],
)
def test_what_it_lacks_is_named_with_the_remedy(job: Any, tmp_path: Path, text: str, kind: str) -> None:
    assert ran(job, text, tmp_path).code == 10
    assert job.failure()["error_type"] == kind
    assert kind == "ImportError" or "mlflow-skinny" in job.failure()["message"]


def test_misuse_is_refused_as_mlflow_does(job: Any, tmp_path: Path) -> None:
    finished = ran(
        job,
        """
def refused(call):
    try:
        call()
    except Exception as error:
        print(type(error).__name__)
mlflow.log_param("lr", 1)
refused(lambda: mlflow.log_param("lr", 2))
refused(mlflow.start_run)
mlflow.end_run()
refused(lambda: mlflow.start_run(run_id="unknown"))
with mlflow.start_run(run_id=mlflow.last_active_run().info.run_id):
    refused(lambda: mlflow.log_metric("x", "much"))
""",
        tmp_path,
    )
    assert finished.out.decode().split() == ["ValueError", "RuntimeError", "ValueError", "ValueError"], finished.err
