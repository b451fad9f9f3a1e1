"""Our own modules as jobs: carried in a second archive, found before anything that is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mlops_runtime
from mlops_cloud.bundle.archive import own_package_archive, package_archive


def test_our_package_stands_alone_in_its_archive(job: Any, tmp_path: Path) -> None:
    job.description["packages"] = [str(own_package_archive(tmp_path / "own.zip").path)]
    text = (
        "import mlops_cloud, mlops_cloud.errors, mlops_cloud.safety.names, mlops_cloud.analysis\n"
        "from mlops_cloud.runtime import log_metric\nlog_metric('auc', 1)\n"
        "assert mlops_cloud.errors.ExitCode.REFUSED == 3\nprint(mlops_cloud.__file__)\n"
    )
    # -S leaves site-packages out: only the two archives and the standard library are there.
    finished = job.run(job.command([sys.executable, "-S", "-c", text]))
    assert finished.code == 0, finished.err
    assert str(tmp_path / "own.zip") in finished.out.decode()
    assert job.metrics()[0]["name"] == "auc"


def test_a_carried_package_wins_over_an_installed_one(job: Any, tmp_path: Path) -> None:
    package = tmp_path / "mlops_cloud"
    (package / "analysis").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "analysis/__init__.py").write_text("")
    (package / "analysis/probe.py").write_text("import mlops_runtime\nprint('carried', mlops_runtime.__name__)\n")
    (package / "left_out.py").write_text("")
    archive = package_archive(package, "mlops_cloud", tmp_path / "p.zip", only=("__init__.py", "analysis"))
    job.description["packages"] = [str(archive.path)]
    finished = job.run(job.module("mlops_cloud.analysis.probe"))
    assert finished.out == b"carried mlops_runtime\n", finished.err
    assert job.run(job.module("mlops_cloud.left_out")).code == 10


def test_the_installed_shim_runs_an_archive_too(job: Any, tmp_path: Path) -> None:
    import subprocess

    archive = job.script("import sys\nprint(sys.argv)\n")
    job.finish(job.start(archive))  # writes job.json
    shim = Path(mlops_runtime.__file__).with_name("__main__.py")
    finished = subprocess.run(
        [sys.executable, "-I", "-S", shim, archive.path, "--depth", "4"],
        env={**job.environ, "MLOPS_JOB_FILE": str(tmp_path / "job.json")},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert finished.stdout == b"['train.py', '--depth', '4']\n"
