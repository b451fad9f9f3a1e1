"""Where a copy would not be as good as a new interpreter there is a new interpreter, and the reason is told."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.processes.warm.beginning import MOST_SERVERS
from mlops_cloud.processes.warm.ending import servers

if TYPE_CHECKING:
    from pathlib import Path

COMPLAINTS = {
    "a syntax error": "print('never')\ndef f(:\n    pass",
    "a NUL": "x = 1\0",
    "an encoding": "# coding: nowhere-9\nprint(1)",
    "a warning": "print('is' is 'x')",
}
HIDDEN = {
    "a module": {"random.py": "def random():\n    return 'mine'"},
    "a package": {"json/__init__.py": "def random():\n    return 'mine'"},
    "sitecustomize": {"sitecustomize.py": "print('customized')"},
}
OWN = "import random, json\nprint(random.random() if 'work_dir' in random.__file__ else json.__file__)"


def _cold_as_ever(bench: Any, script: str, reason: str, **environment: str) -> Any:
    """The script's run on a warm server, which starts it cold, and no different from a cold one."""
    cold, warm = (bench.run(script, warm=warm, **environment) for warm in (False, True))
    assert warm.start == f"cold, because {reason}"
    assert warm.told() == cold.told()
    return warm


@pytest.mark.parametrize("value", ["echo $0; exit 3", ["sh", "-c", "echo $0; exit 3"], [sys.executable, "-c", "1 / 0"]])
def test_a_command(bench: Any, value: Any) -> None:
    bench.entry = ("command", value)
    assert _cold_as_ever(bench, "", "it is no Python script or module").code == 10


def test_a_shell_script(bench: Any) -> None:
    bench.entry, bench.files = ("script", "train.sh"), {"train.sh": "echo $PWD"}
    _cold_as_ever(bench, "", "it is no Python script or module")


def test_a_script_that_is_not_there(bench: Any) -> None:
    bench.entry = ("script", "gone.py")
    assert "can't open file" in _cold_as_ever(bench, "", "it is no Python script or module").log


@pytest.mark.parametrize("complaint", list(COMPLAINTS))
def test_code_that_an_interpreter_complains_of(bench: Any, complaint: str) -> None:
    _cold_as_ever(bench, COMPLAINTS[complaint], "its interpreter has something to say about its code")


@pytest.mark.parametrize("case", list(HIDDEN))
def test_a_file_of_the_users_that_is_called_like_an_imported_module(bench: Any, case: str) -> None:
    bench.files = HIDDEN[case]
    name = next(iter(bench.files)).split("/")[0].removesuffix(".py")
    told = f"its own {name} would be hidden by the one that is imported already"
    log = _cold_as_ever(bench, OWN, told).log
    assert "mine" in log or "work_dir/json" in log or "customized" in log


@pytest.mark.parametrize("zipped", [True, False])
def test_a_package_that_travels_along_and_is_called_like_one(bench: Any, tmp_path: Path, zipped: bool) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "random.py").write_text("def random():\n    return 'mine'")
    if zipped:
        with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
            archive.write(package / "random.py", "random.py")
    bench.fields = {"packages": [str(tmp_path / ("package.zip" if zipped else "package"))]}
    told = "its own random would be hidden by the one that is imported already"
    assert _cold_as_ever(bench, "import random\nprint(random.random())", told).log == "mine\n"


def test_files_that_are_only_called_alike_hide_nothing(bench: Any) -> None:
    bench.files = {"random.csv": "1", "json/data.txt": "2", "sub/random.py": "print('never')"}
    assert bench.run("import random, json\nprint(json.dumps(0 < random.random() < 1))").start == "warm"


def test_a_secret_that_counts_when_an_interpreter_starts(bench: Any) -> None:
    bench.fields = {"secrets": {"OMP_NUM_THREADS": "env:FOUND"}}
    told = "its OMP_NUM_THREADS is not that of the warm server"
    _cold_as_ever(bench, "import os\nprint(os.environ['OMP_NUM_THREADS'])", told, FOUND="3")


def test_another_interpreter(bench: Any, interpreter: Path) -> None:
    bench.fields = {"python": str(interpreter)}
    _cold_as_ever(bench, "import sys\nprint(sys.executable)", "it wants another interpreter")


def test_a_variable_that_counts_when_numpy_is_imported(bench: Any) -> None:
    bench.preload = ("numpy",)
    script = "import os\nos.environ['OPENBLAS_NUM_THREADS'] = '1'\nimport numpy\nprint(numpy.__name__)"
    _cold_as_ever(bench, script, "train.py names OPENBLAS_NUM_THREADS, which counts at an import")
    assert bench.run("import numpy").start == "warm"


def test_a_server_that_cannot_start(own_bench: Any, tmp_path: Path) -> None:
    own_bench.python = str(tmp_path / "nowhere")
    own_bench.fields = {"python": sys.executable}
    for _ in range(2):
        _cold_as_ever(own_bench, "print(1)", "its warm server cannot be started: No such file or directory")


def test_a_server_whose_imports_fail(own_bench: Any, interpreter: Path, packages: Path) -> None:
    own_bench.python, own_bench.preload = str(interpreter), ("broken",)
    (packages / "broken.py").write_text("raise OSError('no such device')")
    told = "its warm server ended while it started: OSError: no such device"
    _cold_as_ever(own_bench, "print(1)", told)
    (packages / "broken.py").write_text("")
    _cold_as_ever(own_bench, "print(1)", told)  # it is not tried again for some time


def test_a_library_that_starts_threads(own_bench: Any, interpreter: Path, packages: Path) -> None:
    own_bench.python, own_bench.preload = str(interpreter), ("busy",)
    lines = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    (packages / "busy.py").write_text(lines)
    _cold_as_ever(own_bench, "print(1)", "importing busy starts threads, which a copy would lack")


def test_more_kinds_than_there_may_be_servers(own_bench: Any) -> None:
    for number in range(MOST_SERVERS):
        assert own_bench.run("pass", NUMPY_X=str(number)).start == "warm"
    told = f"{MOST_SERVERS} warm servers run already"
    _cold_as_ever(own_bench, "print(1)", told, NUMPY_X="more")
    assert own_bench.run("pass", NUMPY_X="0").start == "warm"
    assert len(servers(own_bench.home)) == MOST_SERVERS


def test_a_server_that_is_not_ready_in_time(
    own_bench: Any, interpreter: Path, packages: Path, monkeypatch: Any
) -> None:
    own_bench.python, own_bench.preload = str(interpreter), ("slow",)
    (packages / "slow.py").write_text("import time\ntime.sleep(1)")
    monkeypatch.setattr("mlops_cloud.processes.warm.beginning._PATIENCE", 0.2)
    _cold_as_ever(own_bench, "print(1)", "its warm server was not ready within 0.2 seconds")


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_may_enter(own_bench: Any, mode: int) -> None:
    folder = own_bench.kind().folder
    folder.mkdir()
    folder.chmod(mode)
    _cold_as_ever(own_bench, "print(1)", f"{folder} is not this user's alone")
    assert servers(own_bench.home) == []
    folder.rmdir()
