"""Jobs that are started again: for every cause, counted on by whoever goes on, and told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import (
    DeadlineExceededError,
    InvalidSpecError,
    JobFailedError,
    ProviderError,
    QuotaExceededError,
    ThrottledError,
)
from mlops_cloud.processes import observe
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.services.job_records import describe
from mlops_cloud.services.jobs import JobService
from mlops_cloud.testing.faults import FaultyProvider
from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.results.jobs import Job

# Each attempt goes one further through the acts, which are numbered in the checkpoint folder; the first that fails by
# its own fault begins anew, so acts lie outside, where only a test may write.
PLAY = """
import os, sys, time
from pathlib import Path
stage = Path(sys.argv[sys.argv.index("--stage") + 1])
acts = sorted(stage.iterdir())
act = acts[0].read_text() if acts else ""
if acts:
    acts[0].unlink()
checkpoint = Path(os.environ["MLOPS_CHECKPOINT_DIR"])
before = len(list(checkpoint.iterdir()))
(checkpoint / str(before)).touch()
print("[metric] before=%d" % before, flush=True)
exec(act)
"""
HOLD = "print('holding', flush=True)\ntime.sleep(600)\n"
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "failed": ("raise ValueError('no luck')", {}),
    "timeout": (HOLD, {"max_runtime": 1}),
    "memory": ("held = []\nwhile True: held.append(bytearray(b'x') * (8 << 20))", {"memory": "96Mi"}),
    "lost": ("import signal\nos.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(600)", {}),
    "spot": (HOLD, {"spot": True}),
}
SOON = """
[profiles.soon]
provider = "local"
stop_grace = "1s"
spot_interruptions = ["400ms", "400ms", "400ms", "400ms"]
"""


class Play:
    """One job whose attempts each perform the next act; without one left, it ends well."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.stage = folder / "stage"
        self.stage.mkdir()
        (folder / "play.py").write_text(PLAY)
        (folder / "mlops-cloud.toml").write_text(SOON)
        self.told: list[tuple[str, str]] = []
        self.cloud = self.connect()
        self.service = self.cloud.processing

    def connect(self) -> mc.Client:
        return mc.connect("soon", project="shop", folder=self.folder, listener=self._listen)

    def spec(self, **fields: Any) -> mc.ProcessingJob:
        return mc.ProcessingJob(name="play", script="play.py", parameters={"stage": str(self.stage)}, **fields)

    def acts(self, *texts: str) -> None:
        for number, text in enumerate(texts):
            (self.stage / str(number)).write_text(text)

    def run(self, service: JobService | None = None, **fields: Any) -> Job:
        service = service or self.service
        return service.run(service.prepare(self.spec(**fields), self.folder))

    def jobs(self) -> list[Job]:
        """Oldest first."""
        return list(self.service.list())[::-1]

    def causes(self) -> list[str]:
        return [job.failure.cause.value if job.failure else job.status.value for job in self.jobs()]

    def kept(self) -> list[Path]:
        """What is there for the next attempt."""
        return list(self.home.rglob("store/checkpoints/*"))

    def retried(self) -> list[str]:
        return [text for kind, text in self.told if kind == "retried"]

    def attempt(self, job: Job) -> dict[str, Any]:
        found: dict[str, Any] = describe(self.cloud.session, job.name)["attempt"]
        return found

    def _listen(self, event: Any) -> None:
        self.told.append((event.kind, event.text))


@pytest.fixture
def play(tmp_path: Path, own_home: Path) -> Iterator[Play]:
    made = Play(tmp_path, own_home)
    yield made
    made.cloud.close()


@pytest.mark.parametrize("cause", list(ACTS))
def test_a_job_is_started_again_for_each_cause_that_its_spec_names(play: Play, cause: str) -> None:
    act, compute = ACTS[cause]
    play.acts(act, act)
    done = play.run(retry={"times": 2, "on": [cause]}, compute=compute)
    assert play.causes() == [cause, cause, "succeeded"]
    first, second, last = play.jobs()
    assert done == last
    assert len({job.key for job in play.jobs()}) == 3
    assert [text.split(":")[0] for text in play.retried()] == ["attempt 2 of 3", "attempt 3 of 3"]
    assert play.attempt(last) == {
        "number": 3,
        "of": 3,
        "on": [cause],
        "earlier": [{"job": first.name, "cause": cause}, {"job": second.name, "cause": cause}],
        "went_on_from": "" if cause == "failed" else second.name,
    }
    assert done.latest_metrics() == {"before": 0.0 if cause == "failed" else 2.0}
    assert play.kept() == []


def test_a_full_disk_is_a_cause_too(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_cloud_local import job_watch

    real = job_watch.observed
    play.acts("sys.exit(3)")
    seen: list[str] = []

    def full(files: Any) -> Any:
        status = real(files)
        seen[:] = seen or [str(files.folder)]
        return replace(status, cause="disk_full") if status.exit_code and str(files.folder) == seen[0] else status

    monkeypatch.setattr(job_watch, "observed", full)
    play.run(retry={"on": ["disk"]})
    assert play.causes() == ["disk", "succeeded"]


@pytest.mark.parametrize("cause", ["failed", "spot"])
def test_for_no_other_cause(play: Play, cause: str) -> None:
    act, compute = ACTS[cause]
    play.acts(act)
    others = [name for name in (*ACTS, "disk", "quota", "provider") if name != cause]
    with pytest.raises(JobFailedError) as caught:
        play.run(retry={"times": 5, "on": others}, compute=compute)
    assert (caught.value.code, play.causes(), play.retried()) == (cause, [cause], [])


def test_when_they_are_used_up_the_last_failure_is_told(play: Play) -> None:
    play.acts("raise ValueError('first')", "raise ValueError('second')", "raise ValueError('third')")
    with pytest.raises(JobFailedError, match="second"):
        play.run(retry={"times": 1, "on": ["failed"]})
    assert play.retried() == ["attempt 2 of 2: ValueError: first"]


def test_spot_alone_goes_on_until_the_job_is_done(play: Play) -> None:
    play.acts(HOLD, HOLD, HOLD, HOLD)
    assert play.run(compute={"spot": True}).latest_metrics() == {"before": 4.0}
    assert play.causes() == ["spot"] * 4 + ["succeeded"]
    assert play.retried()[0].startswith("attempt 2 of 11: it was interrupted on purpose")


def test_a_retry_of_nothing_says_what_to_add(play: Play) -> None:
    play.acts(HOLD)
    with pytest.raises(JobFailedError, match="interrupted on purpose") as caught:
        play.run(compute={"spot": True}, retry={"times": 0})
    assert "retry: {times: 10, on: [spot]}" in caught.value.fix
    assert play.run(compute={"spot": True}, retry={"times": 0}).latest_metrics() == {"before": 1.0}


def test_the_effective_retry() -> None:
    job = mc.ProcessingJob(script="x.py", compute={"spot": True})
    assert (job.effective_retry.times, job.effective_retry.on) == (10, ("spot",))
    assert job.with_changes(retry=job.retry).effective_retry.times == 0
    assert mc.ProcessingJob(script="x.py").effective_retry.times == 0


def test_a_job_that_was_submitted_is_started_again_by_who_waits_for_it(play: Play) -> None:
    play.acts(HOLD, HOLD)
    submitted = play.service.submit(play.spec(compute={"spot": True}), folder=play.folder)
    assert submitted.attempt == 1
    done = submitted.wait(timeout=60)
    assert done.status is JobStatus.SUCCEEDED
    assert play.causes() == ["spot", "spot", "succeeded"]
    assert submitted.follow(timeout=1).failure is not None, "following is of this one job"


def test_who_waits_waits_for_all_attempts_together(play: Play) -> None:
    play.acts("pass", HOLD)
    (play.stage / "0").write_text("sys.exit(3)")
    submitted = play.service.submit(play.spec(retry={"on": ["failed"]}), folder=play.folder)
    with pytest.raises(DeadlineExceededError):
        submitted.wait(timeout=2)
    latest = play.service.submit(play.spec(retry={"on": ["failed"]}), folder=play.folder)
    assert (latest.adopted, latest.attempt) == (True, 2)
    latest.cancel()
    assert latest.follow(timeout=20).status is JobStatus.CANCELLED


FAULTS = {
    "quota": [QuotaExceededError("no machine of this type is free")],
    "provider": [ProviderError("internal error"), ThrottledError("slow down"), DeadlineExceededError("no answer")],
}


@pytest.mark.parametrize("cause", list(FAULTS))
def test_a_provider_that_refuses_or_fails_is_asked_again_with_the_same_key(play: Play, cause: str) -> None:
    provider = FaultyProvider(play.cloud.provider)
    errors = FAULTS[cause]
    for number, error in enumerate(errors):
        provider.faults.fail("jobs.submit", number + 1, error)
    service = JobService(replace(play.cloud.session, provider=provider), "processing")
    done = play.run(service, retry={"times": len(errors), "on": [cause]})
    assert done.status is JobStatus.SUCCEEDED
    assert (play.causes(), provider.faults.calls["jobs.submit"]) == (["succeeded"], len(errors) + 1)
    assert play.retried()[0] == f"attempt 2 of {len(errors) + 1}: {errors[0].what}"


@pytest.mark.parametrize("on", [["failed"], ["quota"]])
def test_otherwise_its_error_is_the_answer(play: Play, on: list[str]) -> None:
    provider = FaultyProvider(play.cloud.provider)
    for number in range(1, 4):
        provider.faults.fail("jobs.submit", number, QuotaExceededError("no machine of this type is free"))
    service = JobService(replace(play.cloud.session, provider=provider), "processing")
    with pytest.raises(QuotaExceededError, match="no machine"):
        play.run(service, retry={"times": 2, "on": on})
    assert provider.faults.calls["jobs.submit"] == (3 if on == ["quota"] else 1)
    assert play.jobs() == []


def test_an_answer_that_was_lost_while_a_job_ran_starts_no_second(play: Play) -> None:
    provider = FaultyProvider(play.cloud.provider)
    provider.faults.fail("jobs.get", 1)
    provider.faults.lose_answer("jobs.submit")
    service = JobService(replace(play.cloud.session, provider=provider), "processing")
    assert play.run(service, retry={"on": ["provider"]}).status is JobStatus.SUCCEEDED
    assert play.causes() == ["succeeded"]


def test_errors_and_failed_jobs_are_counted_together(play: Play) -> None:
    play.acts("sys.exit(3)", "sys.exit(3)")
    provider = FaultyProvider(play.cloud.provider)
    provider.faults.fail("jobs.submit", 2)
    service = JobService(replace(play.cloud.session, provider=provider), "processing")
    with pytest.raises(JobFailedError):
        play.run(service, retry={"times": 2, "on": ["failed", "provider"]})
    assert [text.split(":")[0] for text in play.retried()] == ["attempt 2 of 3", "attempt 3 of 3"]
    assert play.causes() == ["failed", "failed"]


_RUN = """
import sys
from pathlib import Path
import mlops_cloud as mc
spec = mc.ProcessingJob.model_validate_json(sys.argv[1])
with mc.connect("soon", project="shop", folder=sys.argv[2]) as cloud:
    cloud.processing.run(cloud.processing.prepare(spec, Path(sys.argv[2])))
"""


@contextmanager
def _runner(play: Play, spec: mc.ProcessingJob) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that runs the job."""
    argv = [sys.executable, "-c", _RUN, spec.model_dump_json(exclude_unset=True), str(play.folder)]
    with subprocess.Popen(argv) as runner:
        try:
            yield runner
        finally:
            runner.kill()


def _holding(play: Play, number: int) -> Job:
    """The job of this number, once it holds."""

    def look() -> Job | None:
        found = [job for job in play.jobs()[number:] if "holding" in play.cloud.provider.jobs.logs(job.ref).lines]
        return found[0] if found else None

    return until(look)


@pytest.mark.parametrize("unseen", [False, True], ids=["its job still runs", "its job failed unseen"])
def test_a_run_that_was_killed_in_its_second_attempt_goes_on_counting(play: Play, unseen: bool) -> None:
    spec = play.spec(retry={"times": 2, "on": ["failed", "lost"]})
    play.acts("sys.exit(3)", HOLD, "sys.exit(4)", "sys.exit(5)")
    with _runner(play, spec) as runner:
        job = _holding(play, 1)
        runner.kill()
    if unseen:
        _lose(play, job)
    else:
        threading.Timer(0.3, _lose, (play, job)).start()
    with pytest.raises(JobFailedError, match="exited with code 4"):
        play.run(retry={"times": 2, "on": ["failed", "lost"]})
    assert play.causes() == ["failed", "lost", "failed"]
    assert [play.attempt(job)["number"] for job in play.jobs()] == [1, 2, 3]
    with pytest.raises(JobFailedError, match="exited with code 5"):
        play.run(retry={"times": 0})
    assert play.attempt(play.jobs()[-1])["number"] == 1, "asked for anew, it is counted anew"
    assert len(play.attempt(play.jobs()[-1])["earlier"]) == 3


def _lose(play: Play, job: Job) -> None:
    (folder,) = play.home.rglob(f"jobs/{job.name}")
    status = observe(folder)
    for identity in (status.supervisor, status.process):
        assert identity
        os.kill(identity.pid, signal.SIGKILL)
    until(lambda: observe(folder).over)


def test_failures_before_a_retry_was_asked_for_are_not_counted(play: Play) -> None:
    play.acts("sys.exit(1)", "sys.exit(2)", "sys.exit(3)", "sys.exit(4)", "pass")
    for _ in range(2):
        with pytest.raises(JobFailedError):
            play.run()
    assert play.run(retry={"times": 2, "on": ["failed"]}).status is JobStatus.SUCCEEDED
    assert [play.attempt(job)["number"] for job in play.jobs()] == [1, 1, 1, 2, 3]


def test_a_cancelled_job_is_not_started_again_but_by_who_asks(play: Play) -> None:
    play.acts(HOLD)
    spec = play.spec(retry={"times": 5, "on": ["failed", "lost", "spot"]})
    with _runner(play, spec) as runner:
        play.service.cancel(_holding(play, 0).name)
        assert runner.wait(30) == 1
    assert play.causes() == ["cancelled"]
    assert play.run(retry={"times": 5}).latest_metrics() == {"before": 1.0}
    assert play.attempt(play.jobs()[-1])["number"] == 1


def test_ctrl_c_while_it_waits_starts_nothing_more(play: Play) -> None:
    play.acts("sys.exit(3)", "sys.exit(3)")
    spec = play.spec(retry={"times": 3, "on": ["failed"], "wait": "10m"})
    with _runner(play, spec) as runner:
        until(lambda: play.causes() == ["failed"])
        runner.send_signal(signal.SIGINT)
        assert runner.wait(30) != 0
    assert play.causes() == ["failed"]
    until(lambda: len(play.jobs()) == 1)
    assert play.run(retry={"times": 3, "on": ["failed"]}).status is JobStatus.SUCCEEDED
    assert [play.attempt(job)["number"] for job in play.jobs()] == [1, 2, 3]


def test_stopping_ends_a_job_that_was_just_started(play: Play) -> None:
    play.acts(HOLD)
    stopping = threading.Event()
    stopping.set()
    service = JobService(replace(play.cloud.session, stopping=stopping), "processing")
    with pytest.raises(JobFailedError, match="was cancelled"):
        play.run(service, retry={"times": 3, "on": ["failed", "lost"]})
    assert play.causes() == ["cancelled"]


def test_delete_leaves_nothing_behind(play: Play) -> None:
    play.acts(HOLD, HOLD)
    with pytest.raises(JobFailedError):
        play.run(compute={"spot": True}, retry={"times": 1})
    for left, job in zip((1, 0), play.jobs(), strict=True):
        play.service.delete(job.name)
        assert len(play.kept()) == left


def test_what_is_discarded_begins_anew(play: Play) -> None:
    play.acts(HOLD)
    done = play.run(compute={"spot": True})
    play.service.discard(play.service.prepare(play.spec(compute={"spot": True}), play.folder).content)
    again = play.run(compute={"spot": True})
    assert (done.latest_metrics(), again.latest_metrics()) == ({"before": 1.0}, {"before": 0.0})


@pytest.mark.parametrize("retry", [{"times": -1}, {"times": 11}, {"on": ["tired"]}, {"wait": "soon"}])
def test_impossible_retries_are_refused(retry: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpecError, match=next(iter(retry))):
        mc.ProcessingJob(script="x.py", retry=retry)


def test_a_job_is_described_with_its_attempts(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_cloud.cli.main import answer

    monkeypatch.chdir(play.folder)
    play.acts(HOLD)
    done = play.run(compute={"spot": True})
    arguments = ["jobs", "describe", done.name, "--profile", "soon", "--project", "shop"]
    assert answer([*arguments, "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["record"]["attempt"]
    first = play.jobs()[0]
    assert (told["earlier"], told["went_on_from"]) == ([{"job": first.name, "cause": "spot"}], first.name)
    assert answer(arguments) == 0
    out = capsys.readouterr().out
    assert f"2 of 11, from the checkpoint of {first.name}" in out
    assert f"{first.name}  spot" in out
