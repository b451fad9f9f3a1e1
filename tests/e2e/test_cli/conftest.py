"""A project in a folder of its own, and the command line in this process or in one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mlops_cloud.cli.main import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = [sys.executable, "-c", "from mlops_cloud.cli.main import main; main()"]
RECIPE = """\
recipe: tiny
vars: {rows: 40}
steps:
  prepare:
    kind: processing
    script: prepare.py
    parameters: {rows: "${{ vars.rows }}"}
    outputs: {table: t.csv}
  data:
    kind: dataset
    source: ${{ steps.prepare.outputs.table }}
    target: y
    split: {train: 0.5, test: 0.5}
  train:
    kind: training
    script: train.py
    inputs: {train: "${{ steps.data.splits.train }}"}
  register:
    kind: model
    model: ${{ steps.train.model }}
    alias: champion
"""
PREPARE = """\
import os, sys
rows = int(sys.argv[sys.argv.index("--rows") + 1])
with open(os.path.join(os.environ["MLOPS_OUTPUT_DIR"], "t.csv"), "w") as stream:
    stream.write("x,y\\n")
    stream.writelines(f"{i},{i % 2}\\n" for i in range(rows))
"""
TRAIN = """\
import os
print("training \\x1b[31mred")
print("[metric] auc=0.75 step=1")
with open(os.path.join(os.environ["MLOPS_MODEL_DIR"], "model.txt"), "w") as stream:
    stream.write("half")
"""


class Answer(NamedTuple):
    """What one command line answered."""

    code: int
    out: str
    err: str


class Project:
    """A folder with a recipe, and commands that run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, **files: str) -> None:
        """Write files; `prepare_py` stands for prepare.py."""
        for name, text in files.items():
            (self.folder / ".".join(name.rsplit("_", 1))).write_text(text)

    def __call__(self, *arguments: str) -> Answer:
        """One command line in this process."""
        self._capsys.readouterr()
        code = answer(arguments)
        written = self._capsys.readouterr()
        return Answer(code, written.out, written.err)

    def process(self, *arguments: str, **options: object) -> subprocess.Popen[str]:
        """One command line in a process of its own."""
        # A test run in the background of a shell inherits an ignored SIGINT, and would hand it on.
        signals = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **signals, **options}
        return subprocess.Popen([*START, *arguments], cwd=self.folder, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    """The tiny recipe, in the working folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = Project(folder, capsys)
    made.write(recipe_yaml=RECIPE, prepare_py=PREPARE, train_py=TRAIN)
    return made


@pytest.fixture
def tree() -> Callable[[Path], set[str]]:
    """Everything below a folder, by relative path."""
    return lambda folder: {os.path.relpath(path, folder) for path in folder.rglob("*")}
