"""A project in a folder of its own, and the command line in this process or in one of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from mlops_cloud.cli.main import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

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

# As in the schema that Jenkins and pytest share (junit-10.xsd), for what is used of it.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}


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


@pytest.fixture
def suite_of() -> Callable[[Path], Element]:
    """Read the one suite of a JUnit file, once it is seen to be as the schema wants it."""

    def read(path: Path) -> Element:
        root = ET.fromstring(path.read_bytes())  # noqa: S314 - our own, or the test fails
        for element in root.iter():
            assert set(element.attrib) == ATTRIBUTES[element.tag]
            assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
            if "time" in element.attrib:
                assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
        suite = root.find("testsuite")
        assert suite is not None
        cases = suite.findall("testcase")
        for owner in (root, suite):
            assert int(owner.attrib["tests"]) == len(cases)
            for word in ("failure", "error"):
                assert int(owner.attrib[f"{word}s"]) == len(suite.findall(f"testcase/{word}"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        return suite

    return read
