from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.results.tuning import Tuning

SCRIPT = """
import json, os, sys, time
given = json.load(open(os.environ["MLOPS_PARAMETERS"]))
with open(given["ledger"], "a") as ledger:
    ledger.write(json.dumps({name: given[name] for name in sorted(given) if name != "ledger"}) + "\\n")
with open(os.path.join(os.environ["MLOPS_MODEL_DIR"], "model.txt"), "w") as model:
    model.write(json.dumps(given["x"]))

def report(loss):
    print(f"[metric] loss={loss!r}", flush=True)

"""
REPORT = 'report((given["x"] - 0.3) ** 2)\n'
SPACE = {
    "x": {"float": [0, 1]},
    "rate": {"log": [1e-4, 1]},
    "kind": {"choice": ["a", "b", True]},
    "depth": {"int": [2, 8]},
}


class Bench:
    """A folder with a script, and a ledger of every time that it ran."""

    def __init__(self, cloud: mc.Client, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.ledger = folder / "ledger.jsonl"
        self.script(REPORT)

    def script(self, ending: str) -> None:
        """The script writes what it was given into the ledger, saves a model, and then does this."""
        (self.folder / "train.py").write_text(SCRIPT + ending)

    def job(self, **search: Any) -> mc.TuningJob:
        fields = {"strategy": "random", "minimize": "loss", "max_trials": 6, "space": SPACE} | search
        wanted = {name: value for name, value in fields.items() if value is not None}
        return mc.TuningJob(name="shop", script="train.py", parameters={"ledger": str(self.ledger)}, search=wanted)

    def tune(self, *, at_once: int = 0, **search: Any) -> Tuning:
        return self.cloud.tuning.run(self.job(**search), folder=self.folder, at_once=at_once)

    def ran(self) -> Counter[str]:
        """How often the script ran with which parameters."""
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return Counter(lines)


def plain(tuning: Tuning) -> list[Any]:
    return json.loads(json.dumps([[t.parameters, t.status, t.objective, t.reason] for t in tuning.trials]))


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[mc.Client]:
    with mc.connect("local", project="shop", folder=tmp_path) as client:
        yield client


@pytest.fixture
def bench(cloud: mc.Client, tmp_path: Path) -> Bench:
    return Bench(cloud, tmp_path)


@pytest.fixture
def outcomes() -> Any:
    """What must be the same wherever and however trials run: parameters, status, objective and reason."""
    return plain
