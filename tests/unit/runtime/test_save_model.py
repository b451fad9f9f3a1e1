"""The same model gives the same file in every process, and stock skops reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = """
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from mlops_runtime import save_model
X, y = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=3, random_state=0)).fit(X, y)
path = save_model({"model": model, "labels": {"benign", "malignant", "other"}})
from skops.io import get_untrusted_types, load
loaded = load(path, trusted=get_untrusted_types(file=path))
assert (loaded["model"].predict_proba(X) == model.predict_proba(X)).all()
assert loaded["labels"] == {"benign", "malignant", "other"}
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    processes = []
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        environ = {**os.environ, "MLOPS_MODEL_DIR": str(tmp_path / seed), "PYTHONHASHSEED": seed}
        processes.append(subprocess.Popen([sys.executable, "-c", TRAIN], env=environ, stderr=subprocess.PIPE))
    for process in processes:
        assert process.communicate(timeout=120)[1] == b""
    first, second = ((tmp_path / seed / "model.skops").read_bytes() for seed in ("1", "2"))
    assert first == second
