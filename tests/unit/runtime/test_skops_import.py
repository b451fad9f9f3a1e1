"""skops is lent lightly and given back whole."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
import numpy
from sklearn.linear_model import LogisticRegression
from mlops_runtime import save_model

model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
save_model(model, sys.argv[1])
assert "sklearn.gaussian_process" not in sys.modules, "every estimator was imported"
assert "skops" not in sys.modules
from skops.io import get_untrusted_types, load
assert get_untrusted_types(file=sys.argv[1]) == []
assert (load(sys.argv[1]).predict([[0.0], [3.0]]) == [0, 1]).all()
import sklearn.utils
assert len(sklearn.utils.all_estimators()) > 100
save_model(model, sys.argv[1] + ".again")
assert Path(sys.argv[1]).read_bytes() == Path(sys.argv[1] + ".again").read_bytes()
print("whole")
"""


def test_a_script_that_imports_skops_itself_gets_it_whole(tmp_path: object) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, f"{tmp_path}/model.skops"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout == "whole\n", done.stderr
