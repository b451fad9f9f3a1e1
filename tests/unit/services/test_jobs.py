from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import ConflictError, DeadlineExceededError, InvalidSpecError, JobFailedError, UnsupportedError
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.services.jobs import JobService
from mlops_cloud.specs.job import RetryCause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ECHO = """
import json, os, sys
from pathlib import Path
values = json.loads(Path(os.environ["MLOPS_PARAMETERS"]).read_text())
Path(os.environ["MLOPS_OUTPUT_DIR"], "echo.json").write_text(json.dumps([values, sys.argv[1:]]))
print("[metric] size=%d step=1" % len(values))
"""


def test_hostile_parameters_arrive_byte_for_byte(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("echo.py", ECHO)
    values = {"plain": "; $(touch x) `id`\nnext \\ \" '", "number": 0.1, "flag": True}
    job = cloud.processing.submit(
        mc.ProcessingJob(name="echo", script="echo.py", parameters=values, outputs={"echo": "echo.json"}),
        folder=tmp_path,
    )
    done = job.wait()
    with cloud.provider.storage.open(done.outputs["echo"]) as stream:
        seen, arguments = json.loads(stream.read())
    assert seen == values
    assert arguments[arguments.index("--plain") + 1] == values["plain"]
    assert done.latest_metrics() == {"size": 3.0}


def test_the_same_job_is_submitted_once(cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("echo.py", ECHO)
    spec = mc.ProcessingJob(name="echo", script="echo.py")
    first = cloud.processing.submit(spec, folder=tmp_path)
    first.wait()
    second = cloud.processing.submit(spec, folder=tmp_path)
    assert (second.name, second.adopted) == (first.name, True)
    write("echo.py", ECHO + "print('changed')\n")
    assert cloud.processing.submit(spec, folder=tmp_path).name != first.name


def test_what_changes_no_result_is_no_part_of_the_key(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("echo.py", ECHO)
    plain = mc.ProcessingJob(name="echo", script="echo.py", outputs={"echo": "echo.json"})
    named = plain.with_changes(metrics=("size",), retry=plain.retry.with_changes(times=3))
    services = cloud.processing
    assert services.prepare(plain, tmp_path).content == services.prepare(named, tmp_path).content


def test_a_module_that_the_script_imports_is_part_of_its_key(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("answers.py", "ANSWER = 1\n")
    write("ask.py", "import answers\nprint(answers.ANSWER)\n")
    first = cloud.processing.submit(mc.ProcessingJob(name="ask", script="ask.py"), folder=tmp_path)
    first.wait()
    write("answers.py", "ANSWER = 2\n")
    second = cloud.processing.submit(mc.ProcessingJob(name="ask", script="ask.py"), folder=tmp_path)
    second.wait()
    assert list(second.logs()) == ["2"]


def test_a_failed_job_tells_its_cause_and_is_tried_anew(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("fail.py", "print('before')\nraise ValueError('no such thing')\n")
    first = cloud.processing.submit(mc.ProcessingJob(name="fail", script="fail.py"), folder=tmp_path)
    with pytest.raises(JobFailedError, match="no such thing") as caught:
        first.wait()
    assert "Traceback" in caught.value.why
    assert "before" in caught.value.log_tail
    second = cloud.processing.submit(mc.ProcessingJob(name="fail", script="fail.py"), folder=tmp_path)
    assert second.name != first.name
    with pytest.raises(JobFailedError):
        second.wait()


def test_retry_starts_a_new_attempt_on_the_named_cause(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    # The first attempt leaves a mark outside; only a test may do so.
    mark = tmp_path / "mark"
    write(
        "flaky.py",
        f"from pathlib import Path\nmark = Path({str(mark)!r})\nseen = mark.exists()\nmark.touch()\nassert seen\n",
    )
    spec = mc.ProcessingJob(name="flaky", script="flaky.py", retry={"times": 2, "on": ["failed"]})
    job = cloud.processing.run(cloud.processing.prepare(spec, tmp_path))
    assert job.status is JobStatus.SUCCEEDED
    assert len(list(cloud.processing.list())) == 2


class Waits(threading.Event):
    """Remembers how long it was waited for, and lets no time pass."""

    def __init__(self, *, stopping: bool) -> None:
        super().__init__()
        self.seconds: list[float | None] = []
        self._stopping = stopping

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return self._stopping


@pytest.mark.parametrize(("stopping", "attempts"), [(False, 3), (True, 1)])
def test_a_retry_waits_as_long_as_it_says_and_not_when_the_run_stops(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path, stopping: bool, attempts: int
) -> None:
    write("fail.py", "raise SystemExit(3)\n")
    waits = Waits(stopping=stopping)
    service = JobService(replace(cloud.session, stopping=waits), "processing")
    spec = mc.ProcessingJob(name="fail", script="fail.py", retry={"times": 2, "on": ["failed"], "wait": "30s"})
    with pytest.raises(JobFailedError):
        service.run(service.prepare(spec, tmp_path))
    assert waits.seconds == [30.0] * min(attempts, 2)
    assert len(list(service.list())) == attempts


def test_every_cause_that_can_be_retried_is_one_a_job_can_have() -> None:
    assert set(get_args(RetryCause)) < {cause.value for cause in FailureCause}


def test_cancel_and_deadline(cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("sleep.py", "import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    job = cloud.processing.submit(mc.ProcessingJob(name="sleep", script="sleep.py"), folder=tmp_path)
    with pytest.raises(DeadlineExceededError):
        job.wait(timeout=0.01)
    end = time.monotonic() + 20
    while "up" not in list(job.logs()) and time.monotonic() < end:
        time.sleep(0.01)
    job.cancel()
    assert job.follow(timeout=20).status is JobStatus.CANCELLED
    job.cancel()


def test_a_missing_output_breaks_the_contract(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("lazy.py", "print('done')\n")
    job = cloud.processing.submit(
        mc.ProcessingJob(name="lazy", script="lazy.py", outputs={"table": "t.csv"}), folder=tmp_path
    )
    ended = job.follow(timeout=20)
    assert ended.failure is not None
    assert ended.failure.cause is FailureCause.CONTRACT
    assert "t.csv" in ended.failure.message


@pytest.mark.parametrize("compute", [{"gpu": 1}, {"instances": 2}, {"cpu": 1000}, {"memory": "900Ti"}])
def test_what_cannot_be_had_is_refused_before_anything_is_made(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path, compute: dict[str, object]
) -> None:
    write("echo.py", ECHO)
    with pytest.raises(UnsupportedError, match=next(iter(compute))):
        cloud.processing.submit(mc.ProcessingJob(name="echo", script="echo.py", compute=compute), folder=tmp_path)
    assert list(cloud.processing.list()) == []


def test_a_missing_script_is_named(cloud: mc.Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match=r"gone\.py"):
        cloud.processing.submit(mc.ProcessingJob(name="gone", script="gone.py"), folder=tmp_path)


def test_code_that_changes_after_its_key_was_made_is_not_run_under_that_key(
    cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("echo.py", ECHO)
    prepared = cloud.processing.prepare(mc.ProcessingJob(name="echo", script="echo.py"), tmp_path)
    write("echo.py", ECHO + "print('other')\n")
    with pytest.raises(ConflictError, match="changed while it was started"):
        cloud.processing.start(prepared)
    assert list(cloud.processing.list()) == []


def test_parquet_becomes_a_dataset(cloud: mc.Client, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "rows.parquet"
    duckdb.sql(f"COPY (SELECT range AS x, range % 2 = 0 AS even FROM range(40)) TO '{path}' (FORMAT parquet)")
    version = cloud.datasets.create(mc.Dataset(name="rows", source=str(path), split={"train": 0.75, "test": 0.25}))
    assert (version.rows, version.splits) == (40, {"train": 30, "test": 10})
    assert [(column.name, column.type) for column in version.columns] == [("x", "integer"), ("even", "boolean")]
    train = next(cloud.datasets.open(version, "train").iterdir())
    assert duckdb.sql(f"SELECT count(*) FROM '{train}'").fetchall() == [(30,)]
