"""What a job is lent and what it leaves: no script damages what is stored."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import NotFoundError
from mlops_cloud.results.identity import Uri
from mlops_cloud.results.jobs import FailureCause, JobStatus
from mlops_cloud_local import lending

if TYPE_CHECKING:
    from pathlib import Path


_SCRIBBLE = """
import os
from pathlib import Path
path = Path(os.environ["MLOPS_INPUT_DATA"], "a.txt")
path.chmod(0o644)
path.write_bytes(b"STORED")
times = path.stat()
os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns - 10**9))
"""
_READ = """
import os, sys
from pathlib import Path
sys.exit(Path(os.environ["MLOPS_INPUT_DATA"], "a.txt").read_bytes() != b"stored")
"""


def test_a_script_that_writes_to_its_input_fails_and_is_told_which(scripts: Any) -> None:
    source = scripts.tree({"a.txt": b"stored", "b.txt": b"b"})
    job = scripts.run(_SCRIBBLE, inputs={"data": source})
    assert job.status is JobStatus.FAILED
    assert job.failure.cause is FailureCause.CONTRACT
    assert "input/data/a.txt" in job.failure.message
    assert "b.txt" not in job.failure.message
    assert job.outputs == {}
    assert scripts.read(Uri(f"{source}/a.txt")) == b"stored"
    assert scripts.run(_READ, inputs={"data": source}).status is JobStatus.SUCCEEDED


def test_a_failed_script_that_wrote_to_its_input_harms_nobody(scripts: Any) -> None:
    source = scripts.tree({"a.txt": b"stored"})
    job = scripts.run(_SCRIBBLE + "raise SystemExit(3)\n", inputs={"data": source})
    assert job.failure.exit_code == 3
    assert scripts.run(_READ, inputs={"data": source}).status is JobStatus.SUCCEEDED


def test_a_job_cannot_change_what_another_job_made(scripts: Any) -> None:
    write = "import os\nfrom pathlib import Path\nPath(os.environ['MLOPS_OUTPUT_DIR'], 'a.txt').write_text('stored')\n"
    first = scripts.run(write)
    second = scripts.run(_SCRIBBLE, inputs={"data": first.outputs["output"]})
    assert second.failure.cause is FailureCause.CONTRACT
    assert scripts.read(Uri(f"{first.outputs['output']}/a.txt")) == b"stored"


def test_replacing_or_removing_an_input_is_the_jobs_own_affair(scripts: Any) -> None:
    source = scripts.tree({"a.txt": b"stored"})
    script = (
        "import os\nfrom pathlib import Path\npath = Path(os.environ['MLOPS_INPUT_DATA'], 'a.txt')\n"
        "path.unlink()\npath.write_text('mine')\n"
    )
    assert scripts.run(script, inputs={"data": source}).status is JobStatus.SUCCEEDED
    assert scripts.run(_READ, inputs={"data": source}).status is JobStatus.SUCCEEDED


def test_the_next_job_shares_the_copy_and_an_ended_one_holds_none(scripts: Any, home: Path) -> None:
    source = scripts.tree({"a.txt": b"stored"})
    hold = "import time\nprint('on', flush=True)\ntime.sleep(600)\n"
    refs = [scripts.start(hold, inputs={"data": source}) for _ in range(2)]
    inodes = {(home / "jobs" / ref.name / "input/data/a.txt").stat().st_ino for ref in refs}
    stored = scripts.provider.storage.download(source, home)
    assert len(inodes) == 1
    assert (stored / "a.txt").stat().st_ino not in inodes
    for ref in refs:
        scripts.provider.jobs.cancel(ref)
        assert scripts.ended(ref).status is JobStatus.CANCELLED
        assert not (home / "jobs" / ref.name / "input").exists()


def test_copies_beyond_the_bound_and_of_another_boot_are_forgotten(
    scripts: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "lent" / "another-boot").mkdir(parents=True)
    (home / "lent" / "another-boot" / "copy").write_text("x")
    monkeypatch.setattr(lending, "BOUND", 0)
    source = scripts.tree({"a.txt": b"stored"})
    assert scripts.run(_READ, inputs={"data": source}).status is JobStatus.SUCCEEDED
    assert [path for path in (home / "lent").rglob("*") if path.is_file()] == []
    assert scripts.run(_READ, inputs={"data": source}).status is JobStatus.SUCCEEDED


def test_an_input_that_is_not_there(scripts: Any, home: Path) -> None:
    with pytest.raises(NotFoundError):
        scripts.start("pass", inputs={"data": Uri(f"{scripts.provider.storage.root}/nothing")})
    assert list(scripts.provider.jobs.list()) == []
    assert not any((home / "jobs").iterdir())


def test_links_among_the_outputs_become_plain_files(scripts: Any) -> None:
    script = (
        "import os\nfrom pathlib import Path\nmodel = Path(os.environ['MLOPS_MODEL_DIR'])\n"
        "(model / 'step-1').write_text('weights')\n(model / 'last').symlink_to('step-1')\n"
    )
    job = scripts.run(script)
    assert scripts.read(Uri(f"{job.outputs['model']}/last")) == b"weights"


@pytest.mark.parametrize("link", ["os.link", "os.symlink"])
def test_an_input_linked_as_an_output_is_copied(scripts: Any, tmp_path: Path, link: str) -> None:
    source = scripts.tree({"a.txt": b"stored"})
    script = (
        "import os\na = os.path.join(os.environ['MLOPS_INPUT_DATA'], 'a.txt')\n"
        f"{link}(a, os.path.join(os.environ['MLOPS_OUTPUT_DIR'], 'a.txt'))\n"
    )
    job = scripts.run(script, inputs={"data": source}, outputs={"a": "a.txt"})
    assert job.status is JobStatus.SUCCEEDED
    assert scripts.provider.storage.download(job.outputs["a"], tmp_path).stat().st_nlink == 1
    scripts.run(_SCRIBBLE, inputs={"data": source})
    assert scripts.read(job.outputs["a"]) == b"stored"


def test_pipes_among_the_outputs_are_no_files(scripts: Any) -> None:
    job = scripts.run("import os\nos.mkfifo(os.path.join(os.environ['MLOPS_OUTPUT_DIR'], 'pipe'))\n")
    assert list(scripts.provider.storage.list(job.outputs["output"])) == []
    assert scripts.run("pass", inputs={"data": job.outputs["output"]}).status is JobStatus.SUCCEEDED


def test_links_that_lead_out_are_a_broken_contract(scripts: Any) -> None:
    script = "import os\nos.symlink('/etc/passwd', os.path.join(os.environ['MLOPS_OUTPUT_DIR'], 'users'))\n"
    job = scripts.run(script, outputs={"users": "users"})
    assert job.failure.cause is FailureCause.CONTRACT
    assert "output/users is a link to /etc/passwd" in job.failure.message


def test_digests_of_outputs_are_recorded(scripts: Any) -> None:
    script = (
        "import os\nfrom pathlib import Path\nout = Path(os.environ['MLOPS_OUTPUT_DIR'])\n"
        "(out / 'table.csv').write_text('a,b\\n')\nPath(os.environ['MLOPS_MODEL_DIR'], 'm').write_text('w')\n"
    )
    jobs = [scripts.run(script, outputs={"table": "table.csv"}) for _ in range(2)]
    digests = [json.loads(scripts.read(Uri(f"{job.outputs['record']}/outputs.json"))) for job in jobs]
    assert digests[0] == digests[1]
    assert digests[0]["table"] == {"digest": sha256(b"a,b\n").hexdigest()}
    assert set(digests[0]) == {"table", "model", "output", "checkpoint"}


def test_outputs_are_read_only(scripts: Any, home: Path) -> None:
    script = (
        "import os\nos.umask(0)\nfor name in ('MLOPS_MODEL_DIR', 'MLOPS_OUTPUT_DIR'):\n"
        "    open(os.path.join(os.environ[name], 'file'), 'w').close()\n"
    )
    job = scripts.run(script)
    folder = home / "jobs" / job.name
    assert [oct((folder / name / "file").stat().st_mode & 0o777) for name in ("model", "output")] == ["0o400"] * 2


def test_a_hundred_megabytes_of_output_are_whole_on_disk(scripts: Any, home: Path) -> None:
    script = (
        "import sys\nline = 'x' * 99 + '\\n'\nfor _ in range(1000):\n    sys.stdout.write(line * 1000)\nprint('end')\n"
    )
    job = scripts.run(script)
    assert job.status is JobStatus.SUCCEEDED
    assert (home / "jobs" / job.name / "log").stat().st_size == 100_000_004
    page = scripts.provider.jobs.logs(job.ref, "100000000")
    assert (page.lines, page.ended) == (("end",), True)
