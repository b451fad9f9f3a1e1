"""One virtual environment a contestant, made on demand: `python benchmarks/environments.py [NAME ...]`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = "mlops-cloud"
_LEARNING = ("scikit-learn==1.9.1", "pandas", "numpy", "scipy")
PACKAGES: dict[str, tuple[str, ...]] = {
    "click": ("click==8.5.1",),
    "dvc": ("dvc==3.67.1", *_LEARNING),
    "kedro": ("kedro==1.7.0", "kedro-datasets[pandas,pickle]", *_LEARNING),
    "dagster": ("dagster==1.13.28", *_LEARNING),
    "metaflow": ("metaflow==2.19.39", *_LEARNING),
    "mlflow": ("mlflow==3.17.2", *_LEARNING),
    "zenml": ("zenml[server,local]==0.98.0", *_LEARNING),
    OURS: (),
}
"""Contestant -> what pip installs; ours is a wheel of this checkout."""
_OURS_EXTRAS = "local,sagemaker-slim"
_SOURCES = ("pyproject.toml", "README.md", "mlops_cloud", "mlops_runtime", "providers", "recipes")


def home() -> Path:
    """The folder of environments and measured work: BENCH_HOME, else one in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("BENCH_HOME") or Path(cache) / "mlops-cloud-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def program(name: str, command: str = "python") -> Path:
    """A program of the contestant's environment, which is made or brought up to date first."""
    return _current(name) / "bin" / command


@cache
def _current(name: str) -> Path:
    environment = home() / "environments" / name
    wanted = _digest(name)
    marker = environment / "installed.sha256"
    with _one_install_at_a_time():
        if not marker.exists() or marker.read_text() != wanted:
            _install(name, environment)
            marker.write_text(wanted)
    return environment


def _digest(name: str) -> str:
    digest = hashlib.sha256("\n".join((sys.version, *PACKAGES[name])).encode())
    if name == OURS:
        for path in _sources():
            digest.update(f"\n{path.relative_to(REPOSITORY)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources() -> list[Path]:
    found = (path for root in _SOURCES for path in (REPOSITORY / root, *(REPOSITORY / root).rglob("*")))
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


@contextmanager
def _one_install_at_a_time() -> Iterator[None]:
    with (home() / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(name: str, environment: Path) -> None:
    print(f"making the environment of {name} …", file=sys.stderr, flush=True)
    if not (environment / "bin" / "python").exists():
        _quietly(sys.executable, "-m", "venv", str(environment))
    pip = (str(environment / "bin" / "python"), "-m", "pip")
    if name != OURS:
        _quietly(*pip, "install", "--compile", *PACKAGES[name])
        return
    wheel = _wheel(pip)
    _quietly(*pip, "install", "--compile", f"{wheel}[{_OURS_EXTRAS}]")
    _quietly(*pip, "install", "--compile", "--force-reinstall", "--no-deps", str(wheel))


def _wheel(pip: tuple[str, ...]) -> Path:
    folder = home() / "wheel"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    _quietly(*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY))
    return next(folder.glob("*.whl"))


def _quietly(*command: str) -> None:
    done = subprocess.run(["nice", "-n", "19", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or PACKAGES:
        print(program(wanted))
