"""pip and uv as child processes: found, run without a shell, and understood when they fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mlops_cloud.errors import ConflictError, ProviderError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

_PATIENCE = 0.2  # seconds between two looks whether to stop
_UNWANTED = (
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "PIP_USER", "PIP_PREFIX",
    "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN",
)  # fmt: skip
_OF_UV = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_CERT": "SSL_CERT_FILE",
}
"""Where pip is told to look for packages, in uv's words."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a tool ended and what it said."""

    code: int
    out: str
    err: str


def run(argv: Sequence[str], stopping: threading.Event | None = None) -> Finished:
    """Run a tool to its end; it is killed, with all that it started, when `stopping` is set or we are interrupted."""
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            argv,
            cwd=folder,  # a file of the user's named pip.py is not what is meant
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            out, err = _communicate(process, stopping)
        except BaseException:
            _kill(process)
            raise
    return Finished(process.returncode, out, err)


def environment() -> dict[str, str]:
    """The variables of a tool: ours, so that it finds the same index, without what would lead it elsewhere."""
    found = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    for pip_name, uv_name in _OF_UV.items():
        if pip_name in found:
            found.setdefault(uv_name, found[pip_name])
    if "PIP_FIND_LINKS" in found:
        found.setdefault("UV_FIND_LINKS", ",".join(found["PIP_FIND_LINKS"].split()))
    return {**found, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}


def uv() -> list[str]:
    """How uv is called: from beside this interpreter, else from PATH; empty when it is not here."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("uv", path=os.pathsep.join((beside, os.environ.get("PATH", os.defpath))))
    return [found] if found else []


def uv_offline() -> list[str]:
    """What keeps uv from any index when pip was told to ask none."""
    return ["--no-index"] if os.environ.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on") else []


def found() -> str:
    """Which tool there is to lock, fetch and install; empty when one has to be made first."""
    return "uv" if uv() else "pip" if find_spec("pip") else ""


@contextmanager
def pip(python: str = "") -> Iterator[list[str]]:
    """How pip is called for an interpreter, this one when none is named; where pip is missing one is made meanwhile."""
    of = ["--python", python] if python not in ("", sys.executable) else []
    if find_spec("pip") is not None:
        yield [sys.executable, "-P", "-m", "pip", *of]
        return
    with TemporaryDirectory() as folder:
        made = run([sys.executable, "-I", "-m", "venv", folder])
        if made.code:
            raise ProviderError(
                "there is no pip and none can be made",
                why=(made.err or made.out).strip()[-400:],
                fix="install pip for this interpreter: python -m ensurepip, or your system's python3-venv",
            )
        own = str(Path(folder, "bin", "python"))
        yield [own, "-P", "-m", "pip", "--python", python or sys.executable]


def _communicate(process: subprocess.Popen[str], stopping: threading.Event | None) -> tuple[str, str]:
    while True:
        try:
            return process.communicate(timeout=_PATIENCE if stopping else None)
        except subprocess.TimeoutExpired:
            if stopping and stopping.is_set():
                raise ConflictError(
                    "packages were not fetched", why="the run was stopped", fix="run it again"
                ) from None


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
