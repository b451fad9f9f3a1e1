"""The same script on every platform's own description of a job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import json, os
from mlops_runtime import log_metric
log_metric("auc", 0.5, step=1)
open(os.environ["MLOPS_MODEL_DIR"] + "/m.bin", "w").write("m")
open(os.environ["MLOPS_OUTPUT_DIR"] + "/o.csv", "w").write("o")
open(os.environ["MLOPS_CHECKPOINT_DIR"] + "/c", "w").write("c")
names = ("MLOPS_INPUT_TRAIN", "MLOPS_INPUT_TRAIN_FILE", "SM_HPS", "AIP_TENSORBOARD_LOG_DIR", "SM_HOSTS")
print(json.dumps({name: os.environ.get(name) for name in names}))
print(json.dumps(sorted(name for name in os.environ if name.startswith("MLOPS_INPUT"))))
"""


def run(job: Any, environ: dict[str, str], *arguments: str, script: str = SCRIPT) -> tuple[int, list[Any], str]:
    finished = job.finish(job.start_as_is(job.script(script), *arguments, environ=environ))
    lines = [
        json.loads(line) for line in finished.out.splitlines() if line[:1] in b"{[" and not line.startswith(b"[metric]")
    ]
    return finished.code, lines, finished.err


def data(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("x\n")
    return folder


@pytest.fixture
def training(tmp_path: Path) -> Path:
    base = tmp_path / "ml"
    config = base / "input/config"
    data(base / "input/data/train")
    data(base / "input/data/code")
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps({"depth": "6", "name": "a b", "flag": "true"}))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {}, "code": {}, "mlops-parameters": {}}))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}))
    return base


def test_sagemaker_training(job: Any, training: Path, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"depth": 4, "name": "x", "kept": [1]}))
    environ = {"SAGEMAKER_BASE_DIR": str(training)}
    code, lines, err = run(job, environ, "--mlops-parameters", str(tmp_path / "p.json"), "--kept", "[2]")
    assert code == 0, err
    assert lines[0]["MLOPS_INPUT_TRAIN_FILE"] == str(training / "input/data/train/a.csv")
    assert json.loads(lines[0]["SM_HPS"]) == {"depth": 6, "name": "a b", "kept": [2], "flag": True}
    assert json.loads(lines[0]["SM_HOSTS"]) == ["algo-1", "algo-2"]
    assert lines[1] == ["MLOPS_INPUT_TRAIN", "MLOPS_INPUT_TRAIN_FILE"]
    for path in ("model/m.bin", "output/data/o.csv", "checkpoints/c", "output/data/mlops/metrics.jsonl"):
        assert (training / path).is_file()


def test_sagemaker_reads_why_a_job_failed(job: Any, training: Path) -> None:
    text = "raise ValueError('no column ' + 'x' * 5000)\n"
    code, _, _ = run(job, {"SAGEMAKER_BASE_DIR": str(training)}, script=text)
    assert code == 10
    assert (training / "output/failure").read_text().startswith("ValueError: no column xxx")
    assert len((training / "output/failure").read_text()) == 1024
    assert json.loads((training / "output/data/mlops/failure.json").read_text())["error_type"] == "ValueError"


def test_sagemaker_processing(job: Any, tmp_path: Path) -> None:
    base = tmp_path / "ml"
    (base / "config").mkdir(parents=True)
    train, out, model = data(tmp_path / "processing/train"), tmp_path / "processing/out", tmp_path / "processing/model"
    document = {
        "ProcessingInputs": [
            {"InputName": "train", "S3Input": {"LocalPath": str(train)}},
            {"InputName": "code", "S3Input": {"LocalPath": str(tmp_path)}},
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": "output", "S3Output": {"LocalPath": str(out)}},
                {"OutputName": "model", "S3Output": {"LocalPath": str(model)}},
            ]
        },
    }
    (base / "config/processingjobconfig.json").write_text(json.dumps(document))
    code, lines, err = run(job, {"SAGEMAKER_BASE_DIR": str(base)})
    assert code == 0, err
    assert lines[0]["MLOPS_INPUT_TRAIN"] == str(train)
    assert (out / "o.csv").is_file()
    assert (model / "m.bin").is_file()


def test_vertex(job: Any, tmp_path: Path) -> None:
    gcs = tmp_path / "gcs"
    train = data(gcs / "data/train")
    environ = {
        "SAGEMAKER_BASE_DIR": str(tmp_path / "none"),
        "MLOPS_GCS_ROOT": str(gcs),
        "AIP_MODEL_DIR": "gs://bucket/run-1/model/",
        "AIP_CHECKPOINT_DIR": "gs://bucket/run-1/checkpoints/",
        "AIP_TENSORBOARD_LOG_DIR": "gs://bucket/run-1/logs/",
    }
    code, lines, err = run(job, environ, "--mlops-input", "train=gs://data/train", "--depth=6")
    assert code == 0, err
    assert lines[0]["MLOPS_INPUT_TRAIN"] == str(train)
    assert lines[0]["AIP_TENSORBOARD_LOG_DIR"] == str(gcs / "bucket/run-1/logs")
    assert json.loads(lines[0]["SM_HPS"]) == {"depth": 6}
    for path in ("model/m.bin", "output/o.csv", "checkpoints/c", "output/mlops/metrics.jsonl"):
        assert (gcs / "bucket/run-1" / path).is_file()


def test_azureml(job: Any, tmp_path: Path) -> None:
    train = data(tmp_path / "mnt/train")
    arguments = [
        "--mlops-input", f"train={train / 'a.csv'}",
        "--mlops-output", f"model={tmp_path / 'mnt/model'}",
        "--mlops-output", f"output={tmp_path / 'mnt/out'}",
        "--lr", "0.1",
    ]  # fmt: skip
    environ = {"SAGEMAKER_BASE_DIR": str(tmp_path / "none"), "AZUREML_RUN_ID": "r1"}
    code, lines, err = run(job, environ, *arguments)
    assert code == 0, err
    assert lines[0]["MLOPS_INPUT_TRAIN"] == str(train)
    assert lines[0]["MLOPS_INPUT_TRAIN_FILE"] == str(train / "a.csv")
    assert json.loads(lines[0]["SM_HPS"]) == {"lr": 0.1}
    assert (tmp_path / "mnt/model/m.bin").is_file()
    assert (tmp_path / "mnt/out/mlops/metrics.jsonl").is_file()
    assert (tmp_path / "outputs/checkpoint/c").is_file()  # what nothing is mounted for stays where Azure ML keeps it


@pytest.mark.parametrize(
    "arguments", [("--mlops-input", "train"), ("--mlops-colour", "x"), ("--mlops-model-dir",), ("--mlops-input", "=x")]
)
def test_wrong_arguments_of_ours_are_refused(job: Any, arguments: tuple[str, ...]) -> None:
    environ = {"SAGEMAKER_BASE_DIR": str(job.folder / "none"), "AZUREML_RUN_ID": "r1"}
    assert run(job, environ, *arguments)[0] == 20
