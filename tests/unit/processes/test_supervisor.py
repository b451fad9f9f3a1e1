"""The supervisor is light: it costs a job as little as a Python process can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mlops_cloud.processes import supervisor

TOO_HEAVY = {
    "json",
    "re",
    "typing",
    "enum",
    "signal",
    "subprocess",
    "pathlib",
    "dataclasses",
    "threading",
    "contextlib",
}


def test_supervisor_loads_nothing_heavy_and_none_of_the_rest_of_ours() -> None:
    script = Path(supervisor.__file__).with_name("start.py")
    # An order that ends too early: everything is loaded, and then it stops.
    command = [sys.executable, "-I", "-S", "-v", str(script)]
    told = subprocess.run(command, input=b"", capture_output=True, check=False).stderr.decode()
    loaded = _imported(told)
    assert "the order is incomplete" in told
    assert "mlops_cloud.processes.supervisor.supervision" in loaded
    assert {name for name in loaded if name.startswith("mlops_cloud")} == {
        "mlops_cloud.processes.record",
        "mlops_cloud.processes.table",
        "mlops_cloud.processes.supervisor",
        *(f"mlops_cloud.processes.supervisor.{name}" for name in _modules(script.parent)),
    }
    # Python 3.13 imports much to print a traceback, in every program.
    failing = subprocess.run([*command[:-1], "-c", "1 / 0"], capture_output=True, check=False)
    assert (loaded - _imported(failing.stderr.decode())) & TOO_HEAVY == set()


def _imported(told: str) -> set[str]:
    return {line.split("'")[1] for line in told.splitlines() if line.startswith("import '")}


def _modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__", "start"}
