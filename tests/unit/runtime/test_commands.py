"""Entries other than a Python script: commands, shell scripts, programs, modules."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.bundle.archive import Entry, build_archive
from mlops_cloud.bundle.discovery import discover_module

if TYPE_CHECKING:
    from pathlib import Path

SHOW = "import json, sys\nprint(json.dumps(sys.argv[1:]))\n"
HOSTILE = "a b; $(touch pwned) `id` 'q' \"d\"\nnext"


@pytest.fixture
def show(job: Any, tmp_path: Path) -> Any:
    (job.recipe / "show.py").write_text(SHOW)
    (tmp_path / "in put").mkdir()
    job.description["inputs"] = {"train": str(tmp_path / "in put")}
    job.outputs = {"table": "deep/t.csv", "plots": "plots/"}
    job.parameters({"text": HOSTILE, "depth": 4, "none": None})
    return job


def shown(job: Any, command: str | list[str]) -> list[str]:
    archive = job.command(command, extra=("show.py",))
    finished = job.run(archive)
    assert finished.code == 20, finished.err  # the outputs are declared and not written
    assert "did not write" in finished.err
    return json.loads(finished.out)


def test_a_list_is_passed_without_a_shell(show: Any) -> None:
    got = shown(
        show,
        [sys.executable, "show.py", "${{ inputs.train }}", "${{outputs.table}}", "x${{ parameters.text }}y", "$HOME"],
    )
    assert got == [
        show.description["inputs"]["train"], show.description["output_dir"] + "/deep/t.csv", f"x{HOSTILE}y", "$HOME",
    ]  # fmt: skip
    assert (show.folder / "output/deep").is_dir()


def test_a_text_goes_through_a_shell_with_values_quoted(show: Any) -> None:
    got = shown(
        show,
        "A=1; python3 show.py --data ${{inputs.train}} ${{ parameters.text }} ${{parameters.depth}} "
        "${{ outputs.plots }} ${{outputs.model}} $A ${A}",
    )
    assert got == [
        "--data", show.description["inputs"]["train"], HOSTILE, "4", show.description["output_dir"] + "/plots/",
        show.description["model_dir"], "1", "1",
    ]  # fmt: skip
    assert not list(show.folder.rglob("pwned"))


@pytest.mark.parametrize("name", ["inputs.gone", "outputs.gone", "parameters.gone", "env.HOME", "inputs"])
def test_a_reference_to_nothing_is_named(show: Any, name: str) -> None:
    assert show.run(show.command(f"echo ${{{{ {name} }}}}")).code == 20
    assert name in show.failure()["message"]


def test_a_reference_without_an_end(show: Any) -> None:
    assert show.run(show.command("echo ${{ inputs.train }")).code == 20


def test_a_command_that_is_not_there(job: Any) -> None:
    assert job.run(job.command(["no-such-program"])).code == 20
    assert "no-such-program" in job.failure()["message"]
    assert job.run(job.command("no-such-program")).code == 10
    assert job.failure()["exit_code"] == 127


def test_a_shell_script_and_a_program(job: Any) -> None:
    job.parameters({"depth": 4})
    assert job.run(job.script('echo "$@"\n', "run.sh")).out == b"--depth 4\n"
    assert job.run(job.script('#!/bin/sh\necho "$0 $@"\n', "run")).out == b"./run --depth 4\n"
    assert job.run(job.script("echo", "run.txt")).code == 20


@pytest.mark.parametrize("head", ["#!/bin/bash", "#!/usr/bin/env bash", "#!/usr/bin/env -S bash -u"])
def test_a_shell_script_runs_in_the_shell_it_names(job: Any, head: str) -> None:
    assert job.run(job.script(f'{head}\n[[ a == a ]] && echo "${{BASH_VERSION:+bash}}"\n', "run.sh")).out == b"bash\n"


def test_azures_plain_inputs_are_parameters_and_an_input_of_one_file_is_that_file(job: Any, tmp_path: Path) -> None:
    for name in ("one", "folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a b.csv").write_text("x")
    job.description["inputs"] = {"one": str(tmp_path / "one"), "folder": str(tmp_path / "folder")}
    job.parameters({"learning-rate": 0.1, "one": 7})
    entry = Entry(
        "command", "echo ${{inputs.one}} ${{ inputs.folder }} ${{inputs.learning-rate}}", file_inputs=("one",)
    )
    finished = job.run(build_archive(entry, None, tmp_path / "c.zip"))
    assert finished.out.decode() == f"{tmp_path}/one/a b.csv {tmp_path}/folder 0.1\n"


def test_a_module(job: Any, tmp_path: Path) -> None:
    (job.recipe / "trainer").mkdir()
    (job.recipe / "trainer/__init__.py").write_text("")
    (job.recipe / "trainer/task.py").write_text("import sys\nfrom . import model\nprint(model.NAME, sys.argv[1:])\n")
    (job.recipe / "trainer/model.py").write_text("NAME = 'm'\n")
    job.parameters({"depth": 4})
    code = discover_module("trainer.task", job.recipe)
    finished = job.run(build_archive(Entry("module", "trainer.task"), code, tmp_path / "m.zip"))
    assert finished.out == b"m ['--depth', '4']\n", finished.err


def test_python_in_a_command_is_the_jobs_interpreter(job: Any, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").write_text('#!/bin/sh\necho chosen "$1"\n')
    (tmp_path / "bin/python3").chmod(0o755)
    job.description["python"] = str(tmp_path / "bin/python3")
    assert job.run(job.command("python3 x.py")).out == b"chosen x.py\n"
    assert job.run(job.command(["python3", "x.py"])).out == b"chosen x.py\n"
    assert job.run(job.script("pass")).out == b"chosen train.py\n"
