"""Whether a job is started warm: what decides it, and what is told of it, then and later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.processes.warm.ending import servers, stop_servers
from mlops_cloud.results.jobs import JobStatus
from mlops_cloud.testing.waiting import until
from mlops_cloud_local.job_warmth import TABULAR, Warmth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REQUEST: dict[str, Any] = {"packages": [], "imports": [], "python": "/usr/bin/python3"}
SOONER = "a first job without libraries is sooner started so"


@pytest.fixture
def warm_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where warm servers are, which may be used, and are stopped in the end."""
    monkeypatch.delenv("MLOPS_CLOUD_WARM_START")
    yield home.parent / "warm"
    stop_servers(home.parent / "warm")


def _warmth(folder: Path, *, wanted: bool = True, **environ: str) -> Warmth:
    return Warmth(folder, wanted=wanted, environ=environ)


def test_jobs_after_the_first_are_started_warm_and_say_so(warm_home: Path, scripts: Any) -> None:
    starts = [scripts.run("print(1)").start for _ in range(3)]
    assert starts == [f"cold, because {SOONER}", "warm", "warm"]
    assert len(servers(warm_home)) == 1


def test_the_start_is_told_while_a_job_runs_when_it_has_ended_and_by_another_process(
    warm_home: Path, scripts: Any, another: Callable[..., Any], home: Path
) -> None:
    scripts.run("pass")
    ref = scripts.start("import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.01)")
    until(lambda: scripts.provider.jobs.get(ref).start == "warm")
    assert scripts.provider.jobs.get(ref).status is JobStatus.RUNNING
    (home / "jobs" / ref.name / "work/go").touch()
    assert scripts.ended(ref).start == "warm"
    other = another()
    assert other.jobs.get(ref).start == "warm"
    other.close()
    assert json.loads((home / "jobs" / ref.name / "settled.json").read_text())["start"] == "warm"


def test_the_profile_or_the_environment_turns_it_off(
    home: Path, scripts: Any, another: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts.run("pass")
    assert scripts.run("pass").start == "cold, because MLOPS_CLOUD_WARM_START is off"
    monkeypatch.delenv("MLOPS_CLOUD_WARM_START")
    scripts.provider = another(warm_start=False)
    assert scripts.run("pass").start == "cold, because its profile has warm_start: false"
    scripts.provider.close()
    assert not (home.parent / "warm").exists()


def test_a_failing_job_tells_its_start_too(warm_home: Path, scripts: Any) -> None:
    scripts.run("pass")
    job = scripts.run("raise ValueError('no')")
    assert (job.start, job.status, job.failure.message) == ("warm", JobStatus.FAILED, "ValueError: no")


@pytest.mark.parametrize(
    ("environ", "wanted", "environment", "reason"),
    [
        ({"MLOPS_CLOUD_WARM_START": "OFF"}, True, {}, "MLOPS_CLOUD_WARM_START is OFF"),
        ({"MLOPS_CLOUD_WARM_START": "0"}, True, {}, "MLOPS_CLOUD_WARM_START is 0"),
        ({"MLOPS_CLOUD_WARM_START": "on"}, False, {}, "its profile has warm_start: false"),
        ({}, True, {"PYTHONPATH": "/x"}, "PYTHONPATH is set for it"),
        ({}, True, {"PYTHONWARNINGS": "error"}, "PYTHONWARNINGS is set for it"),
        (
            {"MLOPS_CLOUD_JOB_TOKEN": "x"},
            True,
            {},
            "it is started by another job, which its server would end with",
        ),
    ],
)
def test_what_speaks_against_it(
    tmp_path: Path, environ: dict[str, str], wanted: bool, environment: dict[str, str], reason: str
) -> None:
    assert _warmth(tmp_path / "warm", wanted=wanted, **environ).of(REQUEST, environment) == reason
    assert not (tmp_path / "warm").exists()


def test_elsewhere_than_on_linux_jobs_are_started_cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert _warmth(tmp_path / "warm").of(REQUEST, {}) == "warm starts need Linux"


def test_a_home_that_is_no_folder_is_a_reason_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "warm").write_text("")
    reason = _warmth(tmp_path / "warm").of({**REQUEST, "imports": ["numpy"]}, {})
    assert "no warm server can be kept here" in str(reason)


@pytest.mark.parametrize(
    ("request_fields", "tabular"),
    [
        ({"imports": ["numpy", "xgboost"]}, True),
        ({"imports": ["sklearn"]}, True),
        ({"packages": ["local://store/x"]}, True),
        ({"imports": ["torch"]}, False),
        ({"imports": []}, False),
    ],
)
def test_two_kinds_of_servers_do_for_all(tmp_path: Path, request_fields: dict[str, Any], tabular: bool) -> None:
    warmth = _warmth(tmp_path / "warm")
    first, second = (warmth.of({**REQUEST, **request_fields}, {}) for _ in range(2))
    assert second.preload == (TABULAR if tabular else ())
    assert (first == SOONER) is not tabular


def test_what_an_interpreter_reads_when_it_starts_makes_another_kind(tmp_path: Path) -> None:
    warmth, request = _warmth(tmp_path / "warm"), {**REQUEST, "imports": ["numpy"]}
    plain = warmth.of(request, {"HOME": "/h", "MODE": "a"}).folder
    same = warmth.of(request, {"HOME": "/h", "MODE": "b", "PATH": "/bin", "TMPDIR": "/t"}).folder
    others = {
        warmth.of(request, {"HOME": "/h", name: "1"}).folder
        for name in ("OMP_NUM_THREADS", "LD_LIBRARY_PATH", "CUDA_X", "MKL_X", "LANG", "TZ", "PYTHONHASHSEED")
    }
    elsewhere = warmth.of({**request, "python": "/opt/python"}, {"HOME": "/h"}).folder
    assert plain == same
    assert len({plain, elsewhere, *others}) == 9
