"""What inputs and lock decide about how a job is started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc
from mlops_cloud.bundle.code import FileDigests
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.services.code import program_of
from mlops_cloud.services.entries import fitted
from mlops_cloud.services.jobs import JobService
from mlops_cloud.services.locks import Lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.services.code import Program


def entry_with(cloud: mc.Client, spec: mc.ProcessingJob, folder: Path, lines: tuple[str, ...]) -> Program:
    program = program_of(spec, folder, FileDigests())
    return fitted(cloud.session, program, spec, {}, Lock("", lines, there=True), folder)


@pytest.mark.parametrize(
    ("text", "lines", "env", "served"),
    [
        ("import mlflow", ("mlflow-skinny==3.17.2", "numpy==2.0"), {}, "server"),
        ("import mlflow.sklearn", ("mlflow==2.9.0",), {}, "server"),
        ("import mlflow", ("mlflow>=3",), {}, "server"),
        ("import mlflow", ("mlflow-export-import==1.0",), {}, "stand-in"),
        ("import mlflow", (), {"MLFLOW_TRACKING_URI": "http://corp"}, "stand-in"),
        ("import mlflow", ("mlflow==3.0",), {"MLFLOW_TRACKING_URI": "http://corp"}, ""),
        ("import json", ("mlflow==3.0",), {}, ""),
    ],
)
def test_mlflow_is_served_as_the_lock_and_the_code_say(
    cloud: mc.Client,
    write: Callable[[str, str], Path],
    tmp_path: Path,
    text: str,
    lines: tuple[str, ...],
    env: dict[str, str],
    served: str,
) -> None:
    write("train.py", text)
    spec = mc.ProcessingJob(script="train.py", env=env)
    assert entry_with(cloud, spec, tmp_path, lines).entry.mlflow == served
    write("src/main.py", text)
    spec = mc.ProcessingJob(command="python main.py", code="src", env=env)
    assert entry_with(cloud, spec, tmp_path, lines).entry.mlflow == served


def test_a_commands_inputs_are_files_where_one_file_was_named(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("one/a.csv", "x\n")
    write("make.py", "import os\nopen(os.environ['MLOPS_OUTPUT_DIR'] + '/t.csv', 'w').write('x')\n")
    made = cloud.processing.submit(
        mc.ProcessingJob(script="make.py", outputs={"table": "t.csv"}), folder=tmp_path
    ).wait()
    inputs = {"file": "one/a.csv", "folder": "one", "output": made.output("table"), "unnamed": "one/a.csv"}
    spec = mc.ProcessingJob(command="echo ${{inputs.file}} ${{ inputs.folder }} ${{inputs.output}}", inputs=inputs)
    jobs = JobService(cloud.session, "processing")
    prepared = jobs.prepare(spec, tmp_path)
    assert prepared.program.entry.file_inputs == ("file", "output")
    done = cloud.processing.submit(spec, folder=tmp_path)
    done.wait()
    words = "\n".join(cloud.processing.logs(done.name).lines).split()
    assert [word.rpartition("/")[2] for word in words] == ["a.csv", "folder", "t.csv"]


@pytest.mark.parametrize(
    ("text", "lines", "said"),
    [
        ("{}", ("papermill==2.7.0", "ipykernel==7.4.0"), "no Python notebook"),
        ("R", ("papermill==2.7.0", "ipykernel==7.4.0"), "its language is r"),
        ("python", ("papermill==2.7.0",), "ipykernel is not installed"),
        ("python", (), "papermill and ipykernel are not installed"),
        ("python", ("papermill==2.7.0", "ipykernel==7.4.0"), ""),
    ],
)
def test_a_notebook_that_cannot_run_is_refused_before_anything_starts(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path, text: str, lines: tuple[str, ...], said: str
) -> None:
    document = {"cells": [], "metadata": {"language_info": {"name": text}}, "nbformat": 4, "nbformat_minor": 5}
    write("a.ipynb", text if text == "{}" else json.dumps(document))
    spec = mc.ProcessingJob(notebook="a.ipynb")
    if not said:
        assert entry_with(cloud, spec, tmp_path, lines).entry.kind == "notebook"
        return
    with pytest.raises(InvalidSpecError) as caught:
        entry_with(cloud, spec, tmp_path, lines)
    assert said in str(caught.value)


def test_names_of_parameters_are_those_of_argument_parsers() -> None:
    mc.ProcessingJob(script="a.py", parameters={"learning-rate": 1, "optimizer.beta": 2, "_x": 3})
    for name in ("-x", "1a", "a b", "mlops-input", "é", "a" * 64, "a=b"):
        with pytest.raises(InvalidSpecError, match="argument --NAME"):
            mc.ProcessingJob(script="a.py", parameters={name: 1})
