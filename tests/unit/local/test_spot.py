"""Jobs on spot machines, and scripts that do not stop when they are asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.identity import Key
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud.testing.waiting import until
from mlops_cloud_local.config import LocalConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlops_cloud_local.provider import LocalProvider

SPOT = {"compute": {"spot": True}}
SLEEP = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"
DEAF = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("up", flush=True)
while True:
    time.sleep(1)
"""
QUICK = {"stop_grace": 0.4, "spot_interruptions": (0.5, 0.7)}


@pytest.fixture
def quick(another: Callable[..., LocalProvider], scripts: Any) -> Iterator[Any]:
    """Scripts on a computer that interrupts soon and waits little."""
    provider = another(**QUICK)
    scripts.provider = provider
    yield scripts
    provider.close()


def _start(scripts: Any, script: str, attempt: int = 0, **fields: Any) -> Any:
    spec, context = scripts.prepared(script, **fields)
    return scripts.provider.jobs.submit(spec, replace(context, attempt=attempt))


def _run(scripts: Any, script: str, attempt: int = 0, **fields: Any) -> Any:
    return scripts.ended(_start(scripts, script, attempt, **fields))


def test_an_attempt_is_interrupted(quick: Any) -> None:
    job = _run(quick, SLEEP, **SPOT)
    assert (job.status, job.failure.cause, job.outputs) == (JobStatus.FAILED, FailureCause.SPOT, {})
    assert job.failure.message == "it was interrupted on purpose, as spot machines are, after 500ms"
    assert (job.failure.signal, job.failure.log_tail[0]) == ("SIGTERM", "up")
    assert 0.5 <= job.ended - job.started < 5


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 0.5), (1, 0.7), (2, None), (7, None)])
def test_each_attempt_is_interrupted_after_its_own_time_and_later_ones_not_at_all(
    quick: Any, attempt: int, seconds: float | None
) -> None:
    spec, context = quick.prepared("pass", **SPOT)
    (request,) = quick.provider.requests(spec, replace(context, attempt=attempt))
    assert request.body["limits"].get("interrupt_after_seconds") == seconds
    plain, _ = quick.prepared("pass")
    (request,) = quick.provider.requests(plain, replace(context, attempt=attempt))
    assert "interrupt_after_seconds" not in request.body["limits"]


def test_a_job_that_ends_before_is_not_interrupted(quick: Any) -> None:
    assert _run(quick, "print('done')", **SPOT).status is JobStatus.SUCCEEDED


def test_a_script_that_ends_well_when_it_is_asked_to_stop_was_interrupted_all_the_same(quick: Any) -> None:
    script = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\ntime.sleep(600)\n"
    assert _run(quick, script, **SPOT).failure.cause is FailureCause.SPOT


def test_a_native_field_sets_the_time_of_every_attempt(scripts: Any) -> None:
    native = {"local": {"limits": {"interrupt_after_seconds": 0.3}}}
    for attempt in (0, 5):
        assert _run(scripts, SLEEP, attempt, native=native).failure.cause is FailureCause.SPOT


def test_spot_is_refused_nowhere_and_declared_as_what_it_is(provider: LocalProvider) -> None:
    assert provider.check(ProcessingJob(script="x.py", **SPOT)) == []


@pytest.mark.parametrize(("value", "field"), [(5, "limits"), ("x", "environment"), (None, "limits")])
def test_native_fields_that_are_no_tables_are_refused(provider: LocalProvider, value: object, field: str) -> None:
    spec = ProcessingJob(script="x.py", native={"local": {field: value}})
    assert [refusal.field for refusal in provider.check(spec)] == [f"native.local.{field}"]


@pytest.mark.parametrize("value", [[0], ["soon"], 5, ["-1s"], ["1s"] * 101])
def test_a_profile_with_impossible_interruptions_is_refused(value: object) -> None:
    with pytest.raises(InvalidSpecError, match="spot_interruptions"):
        LocalConfig(spot_interruptions=value)


def test_the_profile_sets_them(tmp_path: Path) -> None:
    (tmp_path / "mlops-cloud.toml").write_text(
        '[profiles.risky]\nprovider = "local"\nspot_interruptions = ["1s", "2m"]\n'
    )
    times = {"risky": [1.0, 120.0, None], "local": [5.0, None, None]}
    for profile, expected in times.items():
        with mc.connect(profile, project="shop", folder=tmp_path) as cloud:
            contexts = [RequestContext(Key("processing", "x", "0" * 32), "shop", attempt=n) for n in range(3)]
            requests = [cloud.provider.requests(ProcessingJob(script="x.py", **SPOT), context) for context in contexts]
        assert [request.body["limits"].get("interrupt_after_seconds") for (request,) in requests] == expected


def _processes_of(home: Path) -> list[str]:
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if any(str(home) in text for text in (*process.cmdline(), *process.environ().values())):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


KILLED = "killed, since it did not stop within 0.4s of being asked to"


@pytest.mark.parametrize(
    ("fields", "cause", "message"),
    [
        (SPOT, FailureCause.SPOT, f"it was interrupted on purpose, as spot machines are, after 500ms; it was {KILLED}"),
        (
            {"compute": {"max_runtime": 1}},
            FailureCause.TIMEOUT,
            f"it ran longer than compute.max_runtime, 1s; it was {KILLED}",
        ),
    ],
    ids=["spot", "timeout"],
)
def test_a_script_that_ignores_the_request_is_killed_with_all_it_started(
    quick: Any, home: Path, fields: dict[str, Any], cause: FailureCause, message: str
) -> None:
    job = _run(quick, DEAF, **fields)
    assert (job.failure.cause, job.failure.message, job.failure.signal) == (cause, message, "SIGKILL")
    assert job.failure.log_tail[0] == "up"
    until(lambda: not _processes_of(home))


def test_so_is_one_that_is_cancelled(quick: Any, home: Path) -> None:
    ref = _start(quick, DEAF)
    until(lambda: "up" in quick.provider.jobs.logs(ref).lines)
    assert len(_processes_of(home)) >= 4
    quick.provider.jobs.cancel(ref)
    job = quick.ended(ref)
    assert (job.status, job.phase, job.failure) == (JobStatus.CANCELLED, KILLED, None)
    assert quick.provider.jobs.get(ref) == job
    until(lambda: not _processes_of(home))


def test_one_that_stops_says_so(quick: Any) -> None:
    ref = _start(quick, SLEEP)
    until(lambda: "up" in quick.provider.jobs.logs(ref).lines)
    quick.provider.jobs.cancel(ref)
    assert quick.ended(ref).phase == "stopped when asked to"


def test_a_script_is_asked_once(quick: Any) -> None:
    script = """
import os, signal, subprocess, time
def stop(*_):
    print("asked", flush=True)
    time.sleep(0.1)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
subprocess.Popen(["sleep", "600"])
print("up", flush=True)
time.sleep(600)
"""
    ref = _start(quick, script)
    until(lambda: "up" in quick.provider.jobs.logs(ref).lines)
    quick.provider.jobs.cancel(ref)
    assert quick.ended(ref).phase == "stopped when asked to"
    assert list(quick.provider.jobs.logs(ref).lines).count("asked") == 1
