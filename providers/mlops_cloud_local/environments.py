"""Cached environments: made once from the wheels of a lock, then read by any number of jobs.

One is believed only when its `environment.json` is there, which is written last. It is made where it stays, since the
scripts that wheels install name their interpreter by its path.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import make_private_folder, write_atomic
from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.durable.locks import exclusive
from mlops_cloud.durable.removal import remove_tree
from mlops_cloud.errors import NotFoundError, ProviderError
from mlops_cloud.results.environments import BuiltEnvironment
from mlops_cloud.results.identity import Uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops_cloud.packages.tools import Finished
    from mlops_cloud_local.addresses import Home
    from mlops_cloud_local.interpreters import Interpreter

_PATIENCE = 3600.0  # seconds: somebody else installs the same gigabytes
_MARK = "environment.json"
_DIGITS = 32


def folder_name(wheels: str, python: Interpreter) -> str:
    """The name of the environment made of a folder of wheels, whose last part is the lock's digest."""
    lock = wheels.rstrip("/").rpartition("/")[2]
    return f"{lock[:_DIGITS]}-{digest_of([python.path, python.fingerprint()])[:8]}"


class Environments:
    """Below `environments/` of the provider's home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def ensure(self, request: dict[str, Any]) -> None:
        """Make the environment that a job's request names, if it names one and it is not there."""
        if not request.get("wheels"):
            return
        folder = self._home.environments / Path(request["python"]).parents[1].name
        if _ready(folder):
            return
        make_private_folder(self._home.locks)
        make_private_folder(self._home.environments)
        with exclusive(self._lock(folder), _PATIENCE):
            if not _ready(folder):
                self._make(folder, request["interpreter"], self._wheels(Uri(request["wheels"])))

    def list(self) -> Iterator[BuiltEnvironment]:
        """What is there, whole, by name."""
        for mark in sorted(self._home.environments.glob(f"*/{_MARK}")):
            with suppress(OSError, ValueError, KeyError):  # somebody deletes it
                told = json.loads(mark.read_bytes())
                lock = mark.parent.name.rpartition("-")[0]
                yield BuiltEnvironment(lock, str(mark.parent), int(told["size"]), float(told["created"]))

    def delete(self, lock: str) -> None:
        """Remove the environments of a lock; one that is not there is no error."""
        if not self._home.environments.is_dir():
            return
        for folder in self._home.environments.glob(f"{lock[:_DIGITS]}-*"):
            with exclusive(self._lock(folder), _PATIENCE):
                (folder / _MARK).unlink(missing_ok=True)  # first, so that half of it is not believed
                remove_tree(folder, self._home.environments)

    def _lock(self, folder: Path) -> Path:
        return self._home.locks / f"environment-{folder.name}"

    def _wheels(self, uri: Uri) -> Sequence[Path]:
        wheels = sorted(self._home.path(uri).glob("*.whl"))
        if not wheels:
            raise NotFoundError("the wheels of this environment are not there", why=uri, fix="run it again")
        return wheels

    def _make(self, folder: Path, interpreter: str, wheels: Sequence[Path]) -> None:
        remove_tree(folder, self._home.environments)
        try:
            _install(folder, interpreter, wheels)
            told = {"interpreter": interpreter, "size": _size(folder), "created": time.time()}
            write_atomic(folder / _MARK, json.dumps({**told, "wheels": [wheel.name for wheel in wheels]}).encode())
        except BaseException:
            remove_tree(folder, self._home.environments)
            raise


def _ready(folder: Path) -> bool:
    # Its interpreter is a link, which leads nowhere once that Python was removed.
    return (folder / _MARK).is_file() and (folder / "bin/python").exists()


def _install(folder: Path, interpreter: str, wheels: Sequence[Path]) -> None:
    from mlops_cloud.packages import tools

    made = tools.run([interpreter, "-I", "-m", "venv", "--without-pip", str(folder)])
    _require(made, folder, "install the venv module of that Python (python3-venv)")
    python, files = str(folder / "bin/python"), [str(wheel) for wheel in wheels]
    fix = "mlops-cloud environments delete it, then run again"
    if uv := tools.uv():
        options = ["--no-config", "--offline", "--no-index", "--no-deps", "--compile-bytecode", "--python", python]
        _require(tools.run([*uv, "pip", "install", *options, *files]), folder, fix)
        return
    with tools.pip(python) as pip:
        options = ["--isolated", "--no-index", "--no-deps", "--no-cache-dir", "--no-input"]
        _require(tools.run([*pip, "install", *options, *files]), folder, fix)


def _require(finished: Finished, folder: Path, fix: str) -> None:
    if finished.code:
        from mlops_cloud.packages import complaints

        what = f"environment {folder.name[:12]} could not be made"
        raise ProviderError(what, why=complaints.sentence(finished), fix=fix, provider="local")


def _size(folder: Path) -> int:
    sizes = (os.lstat(f"{parent}/{name}").st_size for parent, _, names in os.walk(folder) for name in names)
    return sum(sizes)
