"""`python -m mlops_runtime.notebook train.ipynb`: the notebook from its first cell to its last, by papermill.

Parameters are set in a cell after the one tagged `parameters` (the first cell when there is none), as papermill does.
What cells print is the job's output. The notebook with its results lies in MLOPS_OUTPUT_DIR under its own name, as far
as it came. The kernel is the job's interpreter, whatever kernels this computer has, and ends with this process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

_KERNEL = "job"
_PID = "kernel.pid"
_SOCKETS = ".mlops/kernel"
_START_TIMEOUT = 600  # seconds: a cold kernel on a busy machine
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_REMEDY = (
    "a notebook needs papermill and ipykernel, and %s is not installed: "
    "pip install 'mlops-cloud[notebook]', or write both into the step's environment: requirements"
)


def main(name: str) -> int:
    """Run the notebook; 1 when a cell failed, with its traceback on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        _isolate(folder, os.path.dirname(os.path.abspath(name)))
        signal.signal(signal.SIGTERM, lambda number, _frame: _stop(number, os.path.join(folder, _PID)))
        try:
            import papermill
            from papermill.exceptions import PapermillExecutionError
        except ImportError as error:
            return _failed("ImportError", _REMEDY % (error.name or error))
        try:
            _run(papermill, name)
        except PapermillExecutionError as error:
            return _failed(error.ename, error.evalue, "\n".join(error.traceback))
    return 0


def _run(papermill: Any, name: str) -> None:  # noqa: ANN401 - a module
    from traitlets.config import Config

    os.makedirs(os.path.dirname(_SOCKETS), mode=0o700, exist_ok=True)
    papermill.execute_notebook(
        name,
        os.path.join(os.environ.get("MLOPS_OUTPUT_DIR", "."), os.path.basename(name)),
        parameters=_parameters(),
        kernel_name=_KERNEL,
        language="python",
        progress_bar=False,
        stdout_file=sys.stdout,
        stderr_file=sys.stderr,
        start_timeout=_START_TIMEOUT,
        # Whoever is on this computer can read a TCP port; a relative path keeps a socket's name short enough.
        config=Config({"KernelManager": {"transport": "ipc", "ip": _SOCKETS}}),
    )


def _isolate(folder: str, place: str) -> None:
    """Keep out the user's own kernels, settings and start-up files; let cells import what lies beside the notebook."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        os.environ[name] = os.path.join(folder, name.lower())
    os.environ["JUPYTER_PATH"] = folder
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (place, os.environ.get("PYTHONPATH"))))
    argv = [
        sys.executable,
        "-m",
        "mlops_runtime.notebook_kernel",
        str(os.getpid()),
        os.path.join(folder, _PID),
        "-f",
        "{connection_file}",
    ]
    kernel = os.path.join(folder, "kernels", _KERNEL)
    os.makedirs(kernel)
    with open(os.path.join(kernel, "kernel.json"), "w", encoding="utf-8") as file:
        json.dump({"argv": argv, "display_name": "Python", "language": "python"}, file)


def _parameters() -> Dict[str, Any]:
    path = os.environ.get("MLOPS_PARAMETERS")
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        found: Dict[str, Any] = json.load(file)
    # `learning-rate` is an argument's name; a cell can only have learning_rate.
    return {re.sub(r"\W", "_", name): value for name, value in found.items()}


def _stop(number: int, pid_file: str) -> None:
    """Pass the request on: a cell may have set a handler that saves what there is."""
    try:
        with open(pid_file, encoding="utf-8") as file:
            os.kill(int(file.read()), number)
    except (OSError, ValueError):
        os._exit(128 + number)  # no cell has begun


def _failed(kind: str, message: str, trace: str = "") -> int:
    """Say it in the form of an interpreter, which the shim reads."""
    lines = ["Traceback (most recent call last):"]
    lines += ["  " + line for line in _COLOUR.sub("", trace).splitlines()]
    print("\n".join([*lines, "%s: %s" % (kind, message)]), file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
