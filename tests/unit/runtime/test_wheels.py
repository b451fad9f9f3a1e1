"""The wheels of a job's lock, installed by the shim into a folder of the job's own."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import os, shutil, subprocess, sys
import wheelbase
print(wheelbase.VERSION, os.path.dirname(wheelbase.__file__) != os.getcwd())
print(subprocess.check_output([shutil.which("wheel-command")], text=True).strip())
"""
SCRIPTS = "[console_scripts]\nwheel-command = wheelbase:command\n"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "README.txt").write_text("not a wheel")
    add(folder, "wheelbase-1.0-py3-none-any.whl")
    return folder


def add(folder: Path, name: str) -> None:
    package, version, tag = name.removesuffix(".whl").split("-", 2)
    info = f"{package}-{version}.dist-info"
    files = {
        f"{package}/__init__.py": f"VERSION = {version!r}\n\n\ndef command():\n    print('commanded')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nRequires-Dist: not-there\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": SCRIPTS,
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)


def test_a_job_file_names_a_folder_of_wheels(job: Any, wheels: Path) -> None:
    job.description["wheels"] = str(wheels)
    finished = job.run(job.script(SCRIPT))
    assert finished.code == 0, finished.err
    assert finished.out == b"1.0 True\ncommanded\n"
    (found,) = job.folder.glob("work/.mlops/packages/wheelbase/__init__.py")
    assert "1.0" in found.read_text()


def test_they_win_over_what_the_image_has(job: Any, wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "image/wheelbase.py").write_text("VERSION = 'of the image'\n")
    job.environ["PYTHONPATH"] = str(tmp_path / "image")
    job.description["wheels"] = str(wheels)
    assert job.run(job.script("import wheelbase\nprint(wheelbase.VERSION)\n")).out == b"1.0\n"


def test_a_users_own_pip_py_is_not_run(job: Any, wheels: Path) -> None:
    job.description["wheels"] = str(wheels)
    (job.recipe / "pip.py").write_text("raise SystemExit('not me')\n")
    finished = job.run(job.script("import wheelbase\nprint('installed', flush=True)\nimport pip\n"))
    assert (finished.code, finished.out) == (10, b"installed\n"), "it is the script that meets it"


@pytest.mark.parametrize("platform", ["sagemaker", "vertex", "azureml"])
def test_each_platform_passes_the_folder_as_an_argument(job: Any, wheels: Path, tmp_path: Path, platform: str) -> None:
    archive = job.script("import wheelbase\nprint(wheelbase.VERSION)\n")
    environ = {"SAGEMAKER_BASE_DIR": str(tmp_path / "none")}
    folder = str(wheels)
    if platform == "sagemaker":
        config = tmp_path / "ml/input/config"
        config.mkdir(parents=True)
        (config / "inputdataconfig.json").write_text(json.dumps({"mlops-wheels": {}}))
        environ = {"SAGEMAKER_BASE_DIR": str(tmp_path / "ml")}
    elif platform == "vertex":
        environ |= {"MLOPS_GCS_ROOT": str(tmp_path), "AIP_MODEL_DIR": "gs://bucket/run/model/"}
        folder = f"gs://{wheels.name}"
    else:
        environ |= {"AZUREML_RUN_ID": "r1"}
    finished = job.finish(job.start_as_is(archive, "--mlops-wheels", folder, environ=environ))
    assert (finished.code, finished.out) == (0, b"1.0\n"), finished.err


@pytest.mark.parametrize(
    ("wheel", "message"),
    [
        ("old-1.0-cp27-cp27m-manylinux1_i686.whl", "old-1.0-cp27-cp27m-manylinux1_i686.whl is not a supported wheel"),
        ("broken-1.0-py3-none-any.whl", "broken"),
    ],
)
def test_a_wheel_that_does_not_fit_breaks_the_contract(job: Any, wheels: Path, wheel: str, message: str) -> None:
    add(wheels, wheel)
    if wheel.startswith("broken"):
        (wheels / wheel).write_bytes(b"no zip")
    job.description["wheels"] = str(wheels)
    assert job.run(job.script("print('never')\n")).code == 20
    record = job.failure()
    assert record["reason"] == "contract"
    assert record["message"].startswith("cannot install the job's wheels: ")
    assert message in record["message"]


def test_an_interpreter_without_pip_is_said_so(job: Any, wheels: Path, tmp_path: Path) -> None:
    import subprocess

    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    job.description |= {"wheels": str(wheels), "python": str(tmp_path / "bare/bin/python")}
    assert job.run(job.script("print('never')\n")).code == 20
    assert "has no pip: choose an image that has it" in job.failure()["message"]


def test_a_folder_without_wheels_breaks_the_contract(job: Any, tmp_path: Path) -> None:
    job.description["wheels"] = str(tmp_path / "nowhere")
    assert job.run(job.script("print('never')\n")).code == 20
    assert "cannot read the job's wheels" in job.failure()["message"]
    (tmp_path / "nowhere").mkdir()
    assert job.run(job.script("print('never')\n")).code == 20
    assert "there are no wheels in" in job.failure()["message"]
