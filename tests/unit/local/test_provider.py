"""What the provider says without running anything, what a job sees of its host, and what lies on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.environment import Environment
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud.testing.waiting import until
from mlops_cloud_local import packages, refusals
from mlops_cloud_local.config import LocalConfig
from mlops_cloud_local.machine import Machine, this_machine

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud_local.provider import LocalProvider

_HEAVY = {"pydantic", "sqlite3", "subprocess", "importlib.metadata", "asyncio", "numpy", "psutil"}
_REPORT = """
import json, os
from pathlib import Path
Path(os.environ["MLOPS_OUTPUT_DIR"], "env.json").write_text(json.dumps(dict(os.environ)))
"""


def _loaded(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_the_plugin_is_light() -> None:
    assert _loaded("mlops_cloud_local.plugin") & _HEAVY == set()


def test_the_provider_loads_no_pydantic_and_nothing_that_only_jobs_need() -> None:
    loaded = _loaded("mlops_cloud_local.provider")
    assert loaded & (_HEAVY - {"sqlite3"}) == set()
    assert "mlops_cloud.processes" not in loaded


def test_asking_and_planning_write_nothing(provider: LocalProvider, home: Path) -> None:
    provider.check(ProcessingJob(script="x.py"))
    provider.image(Environment(), "training")
    provider.fingerprint(Environment())
    assert list(provider.diagnose())
    assert provider.capabilities
    assert not home.exists()


@pytest.mark.parametrize(
    ("fields", "field", "nearest"),
    [
        ({"compute": {"cpu": 9}}, "compute.cpu", "8"),
        ({"compute": {"memory": "9Gi"}}, "compute.memory", "8192Mi"),
        ({"compute": {"gpu": 1}}, "compute.gpu", "leave"),
        ({"compute": {"gpu_type": "A100"}}, "compute.gpu", "leave"),
        ({"compute": {"instances": 2}}, "compute.instances", "1"),
        ({"compute": {"instance_type": "ml.m5.large"}}, "compute.instance_type", "cpu"),
        ({"environment": {"python": "3.8"}}, "environment.python", "3.11"),
        ({"environment": {"image": "x:1"}}, "environment.image", "leave"),
        ({"environment": {"requirements": "requirements.txt"}}, "environment.requirements", ""),
    ],
)
def test_refusals_name_the_field_and_what_there_is(fields: dict[str, Any], field: str, nearest: str) -> None:
    spec = ProcessingJob(script="x.py", **fields)
    machine = Machine(cpus=8, memory=8 << 30, python="3.11")
    found = [*refusals.of_compute(spec.compute, machine), *refusals.of_environment(spec.environment, machine)]
    assert [refusal.field for refusal in found] == [field]
    assert found[0].reason
    assert nearest in found[0].nearest


def test_a_size_that_nobody_asked_for_is_not_refused() -> None:
    tiny = Machine(cpus=0, memory=1, python="3.11")
    assert list(refusals.of_compute(Compute(), tiny)) == []


def test_the_lock_of_requirements_that_are_there_names_all_that_they_need(provider: LocalProvider) -> None:
    lines = ("pytest>=8", "PyTest", 'no-such-thing; python_version < "3"', "pydantic")
    lock = provider.image(Environment(requirements=lines), "training").lock
    assert lock is not None
    assert {line.split("==")[0] for line in lock} >= {"pytest", "pluggy", "pydantic", "pydantic-core"}
    assert "no-such-thing" not in "".join(lock)


@pytest.mark.parametrize("line", ["no-such-thing>=2", "pytest<1", "pytest[no-such-extra]<1"])
def test_requirements_that_are_not_there_have_no_lock_yet(provider: LocalProvider, line: str) -> None:
    assert provider.image(Environment(requirements=("pytest", line)), "training").lock is None


def test_the_fingerprint_names_the_interpreter(provider: LocalProvider) -> None:
    lines = provider.fingerprint(Environment()).splitlines()
    assert lines[0] == f"python CPython {sys.version.split()[0]}"
    assert len(lines) == 2


def test_without_requirements_the_lock_names_all_that_is_installed(provider: LocalProvider) -> None:
    lock = provider.image(Environment(), "training").lock
    assert lock is not None
    assert set(lock) == {f"{packages.normalised(found.name)}=={found.version}" for found in distributions()}
    assert list(lock) == sorted(lock)


def test_the_machine_is_this_one() -> None:
    machine = this_machine()
    assert machine.cpus == len(os.sched_getaffinity(0)) if sys.platform == "linux" else machine.cpus >= 1
    assert machine.memory > 2**28
    assert machine.python == ".".join(map(str, sys.version_info[:2]))


def test_a_job_sees_little_of_its_host(scripts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-host")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    scripts.provider._place.host["LC_ALL"] = "C.UTF-8"
    job = scripts.run(_REPORT, outputs={"env": "env.json"}, compute={"cpu": 1.5}, env={"MODE": "fast"})
    seen = json.loads(scripts.read(job.outputs["env"]))
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert "/nowhere" not in seen["PYTHONPATH"]
    assert (seen["MODE"], seen["OMP_NUM_THREADS"], seen["LC_ALL"]) == ("fast", "1", "C.UTF-8")
    assert seen["TMPDIR"].endswith(f"{job.name}/tmp")


def test_threads_are_left_alone_when_no_cpu_is_asked_for(scripts: Any) -> None:
    job = scripts.run(_REPORT, outputs={"env": "env.json"})
    assert "OMP_NUM_THREADS" not in json.loads(scripts.read(job.outputs["env"]))


def test_a_secret_never_touches_the_disk(scripts: Any, home: Path, tmp_path: Path) -> None:
    script = (
        "import os, sys, time\nprint(len(os.environ['KIT_SECRET']), flush=True)\n"
        f"while not os.path.exists({str(tmp_path / 'go')!r}):\n    time.sleep(0.01)\n"
        "raise ValueError(os.environ['KIT_SECRET'])\n"
    )
    ref = scripts.start(script, secrets=["KIT_SECRET"])
    until(lambda: scripts.provider.jobs.logs(ref).lines)
    assert _holding(home, b"s3cr3t-of-the-kit") == []
    (tmp_path / "go").touch()
    job = scripts.ended(ref)
    assert job.status is JobStatus.FAILED
    # What a script prints of its own secrets is in its log; no record of ours repeats it.
    assert {path.name for path in _holding(home, b"s3cr3t-of-the-kit")} <= {"log"}


def _holding(home: Path, text: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text in path.read_bytes()]


def test_only_the_owner_reads_what_is_kept(home: Path, tmp_path: Path, scripts: Any) -> None:
    old = os.umask(0)
    try:
        source = scripts.tree({"deep/a.txt": b"a"})
        job = scripts.run(_REPORT, inputs={"data": source}, outputs={"env": "env.json"})
    finally:
        os.umask(old)
    assert job.status is JobStatus.SUCCEEDED
    folder = home / "jobs" / job.name
    wide = [
        f"{path} {path.stat().st_mode & 0o777:o}"
        for path in [home, *home.rglob("*")]
        if path.stat().st_mode & 0o077 and not path.is_relative_to(folder / "work") and path.parent.name != "record"
    ]
    assert wide == []
    assert {path.stat().st_mode & 0o777 for path in (home, home / "jobs", folder, folder / "record")} == {0o700}


def test_nothing_is_written_outside_home(scripts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    scripts.run("import tempfile\ntempfile.mkstemp()\nopen('here', 'w').close()\n")
    assert list(elsewhere.iterdir()) == []


def test_the_profile_is_checked() -> None:
    fields = LocalConfig(secrets={"DB": "env:DB_URL", "KEY": "file:/run/key"}, stop_grace="3s").model_dump()
    secrets = {"DB": "env:DB_URL", "KEY": "file:/run/key"}
    assert fields == {
        "secrets": secrets,
        "stop_grace": 3.0,
        "network": "any",
        "spot_interruptions": (5.0,),
        "warm_start": True,
    }
    for wrong in (
        {"secrets": {"DB": "aws-sm://x"}},
        {"secrets": {"1": "env:X"}},
        {"stop_grace": -1},
        {"colour": "red"},
    ):
        with pytest.raises(InvalidSpecError, match="LocalConfig"):
            LocalConfig(**wrong)


def test_secrets_come_from_files_too(another: Any, tmp_path: Path, scripts: Any) -> None:
    (tmp_path / "secret").write_text("of the file\n")
    provider = another(secrets={"KEY": f"file:{tmp_path / 'secret'}", "GONE": "file:/nowhere/at/all"})
    scripts.provider = provider
    try:
        job = scripts.run(_REPORT, outputs={"env": "env.json"}, secrets=["KEY"])
        assert json.loads(scripts.read(job.outputs["env"]))["KEY"] == "of the file"
        refused = provider.check(ProcessingJob(script="x.py", secrets=["KEY", "GONE"]))
        assert [refusal.field for refusal in refused] == ["secrets.GONE"]
    finally:
        provider.close()


def test_native_fields_that_a_request_lacks_are_refused(provider: LocalProvider) -> None:
    spec = ProcessingJob(script="x.py", native={"local": {"limits": {"memory_bytes": 1}, "argv": []}})
    assert [refusal.field for refusal in provider.check(spec)] == ["native.local.argv"]
