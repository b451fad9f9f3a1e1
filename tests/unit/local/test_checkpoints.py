"""What a job saved is there for the next attempt, however the job ended; and is gone when nobody needs it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import QuotaExceededError
from mlops_cloud.processes import observe
from mlops_cloud.results.identity import Uri
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud.testing.waiting import until
from mlops_cloud_local import job_checkpoint

if TYPE_CHECKING:
    from mlops_cloud.results.jobs import Job

COUNT = """
import os, sys, time
from pathlib import Path
folder = Path(os.environ["MLOPS_CHECKPOINT_DIR"])
assert folder == Path(os.environ["AIP_CHECKPOINT_DIR"])
seen = sorted(path.name for path in folder.iterdir())
(folder / f"step-{len(seen)}").write_text("saved")
print("seen", *seen, flush=True)
"""
REST = "print('ready', flush=True)\ntime.sleep(600)\n"
HOLD = COUNT + REST


class Attempts:
    """Jobs with one place for their checkpoints."""

    def __init__(self, scripts: Any, home: Path) -> None:
        self.jobs = scripts.provider.jobs
        self.address = Uri(f"{scripts.provider.storage.root}/checkpoints/c-0")
        self.kept = home / "store" / "checkpoints" / "c-0"
        self.folder = home / "jobs"
        self._scripts = scripts

    def start(self, script: str = HOLD, **given: Any) -> Any:
        spec, context = self._scripts.prepared(script, **given)
        return self.jobs.submit(spec, replace(context, checkpoint=self.address))

    def saved(self, ref: Any) -> Any:
        """The job, once it has saved something and goes on."""
        until(lambda: "ready" in self.jobs.logs(ref).lines or self.jobs.get(ref).status.ended)
        return ref

    def ended(self, ref: Any) -> Job:
        return self._scripts.ended(ref)

    def cancelled(self, ref: Any) -> Job:
        self.jobs.cancel(self.saved(ref))
        ended = self.ended(ref)
        assert ended.status is JobStatus.CANCELLED, ended.failure
        return ended

    def names(self) -> list[str]:
        """What is kept."""
        return sorted(path.name for path in self.kept.rglob("*")) if self.kept.exists() else []


@pytest.fixture
def attempts(scripts: Any, home: Path) -> Attempts:
    return Attempts(scripts, home)


def test_a_cancelled_job_leaves_what_the_next_goes_on_from(attempts: Attempts) -> None:
    attempts.cancelled(attempts.start())
    assert attempts.names() == ["step-0"]
    attempts.cancelled(attempts.start())
    done = attempts.ended(attempts.start(COUNT))
    assert done.status is JobStatus.SUCCEEDED
    assert attempts.jobs.logs(done.ref).lines == ("seen step-0 step-1",)


def test_a_job_that_succeeds_keeps_its_own_and_leaves_nothing(attempts: Attempts, scripts: Any) -> None:
    attempts.cancelled(attempts.start())
    done = attempts.ended(attempts.start(COUNT))
    assert sorted(
        entry.uri.rpartition("/")[2] for entry in scripts.provider.storage.list(done.outputs["checkpoint"])
    ) == [
        "step-0",
        "step-1",
    ]
    assert attempts.names() == []
    assert not attempts.kept.exists()


ENDS: dict[str, tuple[str, dict[str, Any], FailureCause]] = {
    "timeout": (HOLD, {"compute": {"max_runtime": 1}}, FailureCause.TIMEOUT),
    "memory": (
        COUNT + "held = []\nwhile True: held.append(bytearray(b'x') * (8 << 20))\n",
        {"compute": {"memory": "96Mi"}},
        FailureCause.MEMORY,
    ),
    "shutdown": (
        COUNT + "import signal\nos.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(600)\n",
        {},
        FailureCause.LOST,
    ),
}


@pytest.mark.parametrize("end", list(ENDS))
def test_what_no_script_is_to_blame_for_is_gone_on_from(attempts: Attempts, end: str) -> None:
    script, fields, cause = ENDS[end]
    ended = attempts.ended(attempts.start(script, **fields))
    assert ended.failure is not None
    assert (ended.failure.cause, attempts.names()) == (cause, ["step-0"])


def test_a_lost_job_keeps_it_too(attempts: Attempts) -> None:
    ref = attempts.saved(attempts.start())
    status = observe(attempts.folder / ref.name)
    for identity in (status.supervisor, status.process):
        os.kill(identity.pid, signal.SIGKILL)
    ended = attempts.ended(ref)
    assert ended.failure is not None
    assert (ended.failure.cause, attempts.names()) == (FailureCause.LOST, ["step-0"])


BLAMED = {
    "raises": "raise ValueError('the checkpoint is bad')",
    "leaves an output out": "",
}


@pytest.mark.parametrize("fault", list(BLAMED))
def test_what_a_faulty_script_saved_is_not_gone_on_from(attempts: Attempts, fault: str) -> None:
    attempts.cancelled(attempts.start())
    ended = attempts.ended(attempts.start(COUNT + BLAMED[fault], outputs={"missing": "missing"}))
    assert ended.failure is not None
    assert ended.failure.cause.of_the_script
    assert attempts.names() == []
    assert sorted(path.name for path in (attempts.folder / ended.name / "checkpoint").iterdir()) == ["step-0", "step-1"]


def test_an_emptied_folder_is_an_empty_checkpoint(attempts: Attempts) -> None:
    attempts.cancelled(attempts.start())
    attempts.cancelled(attempts.start(COUNT + "[path.unlink() for path in folder.iterdir()]\n" + REST))
    assert not attempts.kept.exists()


def test_files_of_its_own_with_their_times_links_and_rights(attempts: Attempts, tmp_path: Path) -> None:
    script = """
deep = folder / "a" / "b"
if not seen:
    deep.mkdir(parents=True)
    (deep / "weights").write_bytes(b"w" * 3_000_000)
    (deep / "weights").chmod(0o500)
    os.utime(deep / "weights", ns=(10**18, 10**18))
    (folder / "latest").symlink_to(deep / "weights")
    (folder / "outside").symlink_to("/nowhere/at/all")
    os.mkfifo(folder / "pipe")
    (folder / "hidden").mkdir()
    (folder / "hidden" / "x").write_text("x")
    (folder / "hidden" / "x").chmod(0)
    (folder / "hidden").chmod(0)
    folder.chmod(0o500)
else:
    assert os.readlink(folder / "outside") == "/nowhere/at/all"
    assert (folder / "latest").resolve() == deep / "weights"
    assert (deep / "weights").stat().st_mtime_ns == 10**18
    assert os.access(deep / "weights", os.X_OK)
    assert (deep / "weights").read_bytes() == b"w" * 3_000_000
    assert (folder / "hidden" / "x").read_text() == "x"
    assert not (folder / "pipe").exists()
    (deep / "weights").chmod(0o600)
    (deep / "weights").write_text("other")
    (folder / "latest").unlink()
"""
    attempts.cancelled(attempts.start(COUNT + script + REST))
    weights = attempts.kept / "a" / "b" / "weights"
    ref = attempts.saved(attempts.start(COUNT + script + REST))
    assert weights.read_bytes() == b"w" * 3_000_000
    attempts.cancelled(ref)
    assert weights.read_text() == "other"


def test_what_is_linked_from_an_input_is_kept_as_a_file_of_its_own(attempts: Attempts, scripts: Any) -> None:
    data = scripts.tree({"rows.csv": b"1"})
    script = "os.link(os.environ['MLOPS_INPUT_DATA'] + '/rows.csv', folder / 'rows')\n"
    attempts.cancelled(attempts.start(COUNT + script + REST, inputs={"data": data}))
    assert (attempts.kept / "rows").read_bytes() == b"1"
    assert (attempts.kept / "rows").stat().st_nlink == 1


@pytest.mark.parametrize("point", ["_make_readable", "_move", "sync_folder", "remove_tree"])
def test_keeping_that_was_cut_short_is_done_again(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    attempts.cancelled(attempts.start())
    ref = attempts.saved(attempts.start())
    attempts.jobs.cancel(ref)
    until(lambda: observe(attempts.folder / ref.name).over)
    with monkeypatch.context() as patch:
        patch.setattr(job_checkpoint, point, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            attempts.jobs.get(ref)
    assert attempts.jobs.get(ref).status is JobStatus.CANCELLED
    assert attempts.names() == ["step-0", "step-1"]


def test_a_start_that_could_not_copy_says_so_and_loses_nothing(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    attempts.cancelled(attempts.start())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(job_checkpoint, "copy_tree", full)
        with pytest.raises(QuotaExceededError, match="copy the checkpoints in"):
            attempts.start()
    assert len(list(attempts.jobs.list())) == 1
    assert attempts.names() == ["step-0"]
    assert [path.name for path in (home / "jobs").iterdir()] == [next(attempts.jobs.list()).name]


def test_the_last_job_that_is_deleted_takes_it_along(attempts: Attempts) -> None:
    first, second = attempts.cancelled(attempts.start()).ref, attempts.cancelled(attempts.start()).ref
    attempts.jobs.delete(first)
    assert attempts.names() == ["step-0", "step-1"]
    attempts.jobs.delete(second)
    assert not attempts.kept.exists()


def test_a_job_without_a_place_for_them_leaves_none(attempts: Attempts, home: Path) -> None:
    attempts.address = Uri("")
    attempts.cancelled(attempts.start())
    assert not (home / "store" / "checkpoints").exists()


def test_another_disk_is_copied_to(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def across(path: Path, target: Path) -> Path:
        if path.name == "checkpoint":
            raise OSError(18, "Invalid cross-device link")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", across)
        attempts.cancelled(attempts.start())
    assert attempts.names() == ["step-0"]
    assert [path.name for path in attempts.kept.parent.iterdir()] == ["c-0"]
