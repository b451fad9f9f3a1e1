"""The wheels of a job's lock, installed without any index into a folder of the job's own before its script starts."""

from __future__ import annotations

import os

from mlops_runtime.context import BadContractError
from mlops_runtime.process import Process, spawned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from mlops_runtime.metrics import MetricsFile
    from mlops_runtime.process import Stop

_OPTIONS = (
    "--isolated", "--no-input", "--no-index", "--no-deps", "--no-cache-dir", "--disable-pip-version-check",
    "--no-warn-script-location", "--no-compile", "--quiet", "--target",
)  # fmt: skip


def install(folder: str, target: str, python: str, metrics: MetricsFile, stop: Stop) -> None:
    """Install every wheel of the folder into `target`, with the job interpreter's own pip.

    A broken contract says which wheel is not for this machine, or that the interpreter has no pip.
    """
    wheels = _wheels(folder)
    # -I: neither the working folder nor the environment can put another pip before the interpreter's.
    command = [python, "-I", "-m", "pip", "install", *_OPTIONS, target, *wheels]
    process = Process(command, dict(os.environ), metrics, group=True, begin=spawned)
    stop.forward_to(process.tell)
    ended = process.wait(stop)
    if ended.exit_code != 0 and not stop.asked:
        raise BadContractError("cannot install the job's wheels: %s" % _reason(ended.errors.text(), python))


def _wheels(folder: str) -> List[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".whl"))
    except OSError as error:
        raise BadContractError("cannot read the job's wheels: %s: %s" % (folder, error.strerror)) from error
    if not names:
        raise BadContractError("there are no wheels in %s" % folder)
    return [os.path.join(folder, name) for name in names]


def _reason(errors: str, python: str) -> str:
    if "No module named pip" in errors:
        return "%s has no pip: choose an image that has it" % python
    lines = [line[len("ERROR: ") :] for line in errors.splitlines() if line.startswith("ERROR: ")]
    return lines[0] if lines else errors.strip()[-400:] or "pip failed and said nothing"
