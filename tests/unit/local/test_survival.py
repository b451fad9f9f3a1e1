"""Jobs are started once and found again, whoever dies in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import ConflictError, InvalidSpecError, NotFoundError
from mlops_cloud.processes import observe
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.testing.waiting import until
from mlops_cloud_local.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COUNT = """
import os
from pathlib import Path
with Path({file!r}).open("a") as stream:
    stream.write("ran\\n")
Path(os.environ["MLOPS_OUTPUT_DIR"], "out").write_text("out")
"""
_SUBMIT = """
import importlib, json, os, signal, sys
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.results.identity import Key
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud_local.provider import create

given = json.loads(sys.argv[1])
if given["die_at"]:
    place, _, name = given["die_at"].rpartition(".")
    module, _, owner = place.partition(":")
    target = importlib.import_module(module)
    target = getattr(target, owner) if owner else target
    setattr(target, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
provider = create(ProviderSettings("local", "tests", given["home"], {}))
sys.stdin.readline()
key = Key("processing", "job", given["key"])
ref = provider.jobs.submit(ProcessingJob(name="job", script="script.py"), RequestContext(key, "tests", given["code"]))
print(ref.name)
if given["die_after"]:
    os.kill(os.getpid(), signal.SIGKILL)
provider.close()
"""
_POINTS = {
    "after the intention": "mlops_cloud_local.job_start:Starter.start",
    "while its inputs are lent": "mlops_cloud_local.lending:Lending.loans",
    "before its folder is shown": "pathlib:Path.rename",
    "before the launch": "mlops_cloud_local.job_start:.launch",
    "between the launch's record and its supervisor": "mlops_cloud.processes.launch:._spawn",
}


def _submitter(home: Path, context: Any, **given: Any) -> subprocess.Popen[str]:
    told = {"home": str(home), "key": context.key.digest, "code": context.code, "die_at": "", "die_after": False}
    argv = [sys.executable, "-c", _SUBMIT, json.dumps({**told, **given})]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _age(home: Path) -> None:
    """Let a launch that nobody finished be old enough to be given up."""
    for record in (home / "jobs").glob("*/launch.json"):
        told = json.loads(record.read_text())
        record.write_text(json.dumps({**told, "created": told["created"] - 60}))


@pytest.mark.parametrize("point", list(_POINTS))
@pytest.mark.parametrize("by", ["find", "get", "submit"])
def test_a_start_that_was_cut_short_is_finished(scripts: Any, home: Path, tmp_path: Path, point: str, by: str) -> None:
    counted = tmp_path / "counted"
    spec, context = scripts.prepared(_COUNT.format(file=str(counted)))
    with _submitter(home, context, die_at=_POINTS[point]) as dying:
        assert dying.communicate("\n")[0] == ""
    assert dying.returncode == -signal.SIGKILL
    assert not counted.exists()
    _age(home)
    jobs = scripts.provider.jobs
    ref = {
        "find": lambda: jobs.find(context.key),
        "get": lambda: jobs.get(next(jobs.list())).ref,
        "submit": lambda: jobs.submit(spec, context),
    }[by]()
    assert scripts.ended(ref).status is JobStatus.SUCCEEDED
    assert jobs.submit(spec, context) == jobs.find(context.key) == ref
    assert list(jobs.list()) == [ref]
    assert counted.read_text() == "ran\n"


def test_a_job_is_found_again_after_its_submitter_was_killed(scripts: Any, home: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"import time\nfrom pathlib import Path\nwhile not Path({str(go)!r}).exists():\n    time.sleep(0.01)\n"
    _, context = scripts.prepared(script + "print('survived')\n")
    with _submitter(home, context, die_after=True) as dying:
        dying.communicate("\n")
    ref = scripts.provider.jobs.find(context.key)
    assert scripts.provider.jobs.get(ref).status is JobStatus.RUNNING
    go.touch()
    assert scripts.ended(ref).status is JobStatus.SUCCEEDED
    assert "survived" in scripts.provider.jobs.logs(ref).lines


def test_four_processes_start_one_job(scripts: Any, home: Path, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    _, context = scripts.prepared(_COUNT.format(file=str(counted)))
    submitters = [_submitter(home, context) for _ in range(4)]
    for submitter in submitters:
        submitter.stdin.write("\n")
        submitter.stdin.flush()
    names = {submitter.communicate()[0].strip() for submitter in submitters}
    assert [submitter.returncode for submitter in submitters] == [0] * 4
    refs = list(scripts.provider.jobs.list())
    assert {ref.name for ref in refs} == names
    assert scripts.ended(refs[0]).status is JobStatus.SUCCEEDED
    assert counted.read_text() == "ran\n"


def test_a_job_that_never_began_can_be_cancelled(scripts: Any, home: Path, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    _, context = scripts.prepared(_COUNT.format(file=str(counted)))
    with _submitter(home, context, die_at=_POINTS["after the intention"]) as dying:
        dying.communicate("\n")
    ref = next(scripts.provider.jobs.list())
    scripts.provider.jobs.cancel(ref)
    assert scripts.provider.jobs.get(ref).status is JobStatus.CANCELLED
    assert scripts.provider.jobs.logs(ref).ended
    scripts.provider.jobs.delete(ref)
    assert scripts.provider.jobs.find(context.key) is None
    assert not counted.exists()


def test_a_delete_that_was_cut_short_is_finished_by_the_next_submit(scripts: Any, home: Path, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    spec, context = scripts.prepared(_COUNT.format(file=str(counted)))
    jobs = scripts.provider.jobs
    ref = jobs.submit(spec, context)
    scripts.ended(ref)
    table = JobTable(scripts.provider._tables)
    table.mark(table.by_name(ref.name), "deleting")
    assert (jobs.find(context.key), list(jobs.list())) == (None, [])
    with pytest.raises(NotFoundError):
        jobs.get(ref)
    assert scripts.ended(jobs.submit(spec, context)).status is JobStatus.SUCCEEDED
    assert counted.read_text() == "ran\nran\n"


def test_a_job_whose_supervisor_and_script_were_killed_is_lost(scripts: Any, home: Path) -> None:
    script = (
        "import subprocess, sys, time\nsubprocess.Popen(['sleep', '600'])\nprint('on', flush=True)\ntime.sleep(600)\n"
    )
    ref = scripts.start(script)
    until(lambda: "on" in scripts.provider.jobs.logs(ref).lines)
    status = observe(home / "jobs" / ref.name)
    for identity in (status.supervisor, status.process):
        os.kill(identity.pid, signal.SIGKILL)
    job = scripts.ended(ref)
    assert (job.status, job.failure.cause, job.outputs) == (JobStatus.FAILED, FailureCause.LOST, {})


def test_a_power_loss_that_took_the_record_loses_the_job_and_no_more(scripts: Any, home: Path) -> None:
    ref = scripts.run("pass").ref
    folder = home / "jobs" / ref.name
    (folder / "settled.json").unlink()
    (folder / "status.json").write_bytes(b"")
    assert scripts.provider.jobs.get(ref).failure.cause is FailureCause.LOST
    scripts.provider.jobs.delete(ref)
    assert not folder.exists()


def test_a_power_loss_that_emptied_what_was_written_down_has_the_end_looked_at_again(scripts: Any, home: Path) -> None:
    job = scripts.run("print('[metric] a=1')")
    (home / "jobs" / job.name / "settled.json").write_bytes(b"")
    again = scripts.provider.jobs.get(job.ref)
    assert (again.status, again.outputs, again.metrics) == (JobStatus.SUCCEEDED, job.outputs, job.metrics)
    assert json.loads((home / "jobs" / job.name / "settled.json").read_text())["status"] == "succeeded"


def test_a_deleted_job_frees_its_folder(scripts: Any, home: Path) -> None:
    ref = scripts.run("import os\nos.makedirs('deep/er')\nos.chmod('deep/er', 0)\n").ref
    scripts.provider.jobs.delete(ref)
    assert list((home / "jobs").iterdir()) == []


def test_two_keys_with_one_name_are_refused(scripts: Any) -> None:
    spec, context = scripts.prepared("pass")
    ref = scripts.provider.jobs.submit(spec, context)
    digest = context.key.digest[:12] + "0" * 20
    other = type(context)(type(context.key)("processing", "job", digest), "tests", context.code)
    with pytest.raises(ConflictError):
        scripts.provider.jobs.submit(spec, other)
    scripts.ended(ref)


def test_a_secret_that_is_gone_at_submit_leaves_no_job(
    scripts: Any, another: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, context = scripts.prepared("pass", secrets=["KIT_SECRET"])
    monkeypatch.delenv("SECRET_OF_THE_HOST")
    with pytest.raises(InvalidSpecError, match="KIT_SECRET"):
        scripts.provider.jobs.submit(spec, context)
    assert scripts.provider.jobs.find(context.key) is None
