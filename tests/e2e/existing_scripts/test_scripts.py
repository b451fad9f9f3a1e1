"""A script written for one cloud trains and registers here, not one line changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlops_cloud as mc
from mlops_cloud.recipes.advice import advice

if TYPE_CHECKING:
    from collections.abc import Callable


def series(job: Any, name: str) -> list[tuple[int | None, float]]:
    return [(metric.step, metric.value) for metric in job.metrics if metric.name == name]


def test_sagemaker_script_mode(project: Callable[[str], Any]) -> None:
    shop = project("sagemaker")
    job = shop.trained()
    assert [step for step, _ in series(job, "train_loss")] == [0, 1, 2]
    assert job.latest_metrics()["validation_accuracy"] > 0.7
    assert set(shop.files(job, "model")) == {"model.json"}
    seen = shop.json(job, "output", "eval.json")["seen"]
    assert seen["hps"] == {"epochs": 3, "batch-size": 16, "learning-rate": 0.1, "use-bias": True}
    assert seen["args"][-2:] == ["--use-bias", "true"]
    with mc.connect("local", project="shop", folder=shop.folder) as cloud:
        assert cloud.models.named("churn-sagemaker@champion").version == 1


def test_vertex_trainer(project: Callable[[str], Any]) -> None:
    shop = project("vertex")
    job = shop.trained()
    assert [step for step, _ in series(job, "accuracy")] == [0, 1]
    assert set(shop.json(job, "model", "saved_model/means.json")) == {"0", "1"}
    assert set(shop.files(job, "checkpoint")) == {"ckpt-0.json", "ckpt-1.json"}
    assert shop.files(job, "output")["logs/events.txt"].startswith("0 ")


def test_azure_command_with_mlflow(project: Callable[[str], Any]) -> None:
    shop = project("azure")
    job = shop.trained()
    assert series(job, "loss") == [(0, 0.25), (1, 0.125), (2, 0.25 / 3)]
    assert len(series(job, "accuracy")) == 1, "the metrics of nested runs are their own"
    assert series(job, "test_loss") == [(0, 0.25)]
    assert shop.json(job, "model", "model.json")["column"] == "x1"
    kept = shop.files(job, "output")
    parent, *folds = sorted(
        (shop.json(job, "output", name) for name in kept if name.endswith("run.json")),
        key=lambda run: run["name"][:4] == "fold",
    )
    assert parent["parameters"] == {"num_samples": "60", "learning_rate": "0.25", "criterion": "gini; echo x"}
    assert (parent["tags"]["framework"], parent["status"]) == ("none", "FINISHED")
    assert sorted(fold["name"] for fold in folds) == ["fold-0", "fold-1"]
    assert [name.rpartition("/")[2] for name in kept if "/artifacts/" in name] == ["params.json"]


def test_shell_script(project: Callable[[str], Any]) -> None:
    shop = project("shell")
    job = shop.trained()
    assert series(job, "epochs_done") == [(0, 1.0), (1, 2.0)]
    assert shop.files(job, "model") == {"model.txt": "60"}


def test_a_shell_script_fails_with_what_its_python_said(project: Callable[[str], Any]) -> None:
    shop = project("shell")
    (shop.folder / "small.csv").write_text("x1,x2,label\n1,2,0\n")
    result = shop.run(table="small.csv")
    assert "train.sh exited with code 1" in result.state.steps["train"].error
    assert "only 1 rows" in result.errors["train"].log_tail


def test_a_path_that_only_sagemaker_has_is_told_of(project: Callable[[str], Any]) -> None:
    shop = project("sagemaker")
    assert list(advice(shop.load())) == []
    script = shop.folder / "src/train.py"
    text = 'import os\nmodel_dir = os.environ.get("SM_MODEL_DIR", "/opt/ml/model")\n# /opt/ml/code\n'
    script.write_text(text + 'data = open("/opt/ml/input/data/train/a.csv")\n')
    (line,) = advice(shop.load())
    assert line.startswith("steps.train: train.py:4 has the path /opt/ml/input/data/train/a.csv")
    assert "SM_CHANNEL_TRAIN" in line
