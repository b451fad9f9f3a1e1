"""Bundles and tables for batch predictions, and the job as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DOUBLES = """
from pathlib import Path

def load(model_dir):
    return float((Path(model_dir) / "factor.txt").read_text())

def predict(model, rows):
    return [row["x"] * model for row in rows]
"""


@dataclass
class Job:
    """One batch prediction with folders of its own; each run is one attempt."""

    folder: Path

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def start(self, model: Path, data: Path, **settings: Any) -> subprocess.Popen[str]:
        self.output.mkdir(parents=True, exist_ok=True)
        parameters = self.folder / "parameters.json"
        parameters.write_text(json.dumps({"settings": json.dumps(settings)}))
        world = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "MLOPS_PARAMETERS": str(parameters),
            "MLOPS_INPUT_MODEL": str(model),
            "MLOPS_INPUT_DATA": str(data),
            "MLOPS_OUTPUT_DIR": str(self.output),
            "MLOPS_CHECKPOINT_DIR": str(self.checkpoint),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "mlops_cloud.analysis.batch_prediction"],
            env=world,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, model: Path, data: Path, **settings: Any) -> tuple[int, str, str]:
        with self.start(model, data, **settings) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def predictions(self) -> str:
        return (self.output / "predictions.csv").read_text()

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.output / "summary.json").read_text())
        return found


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job")


@pytest.fixture
def new_job(tmp_path: Path) -> Any:
    return lambda name: Job(tmp_path / name)


@pytest.fixture
def predictor(tmp_path: Path) -> Any:
    """A bundle of a number and a predictor; by default what it predicts is twice x."""

    def made(text: str = DOUBLES, name: str = "bundle") -> Path:
        folder = tmp_path / name
        (folder / "model").mkdir(parents=True)
        (folder / "code").mkdir()
        (folder / "model" / "factor.txt").write_text("2.0")
        (folder / "code" / "predictor.py").write_text(text)
        (folder / "signature.json").write_text(json.dumps({"predictor": "code/predictor.py"}))
        return folder

    return made


@pytest.fixture
def table(tmp_path: Path) -> Any:
    """A folder with one file of the given text or bytes."""

    def made(text: str | bytes, name: str = "rows.csv", folder: str = "data") -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path.parent

    return made
