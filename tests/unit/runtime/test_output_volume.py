"""Much output, strange output, and a reader that goes away."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import pytest


def peak_kilobytes(pid: int) -> int:
    """Of that process alone: `getrusage` of children also counts what it was forked from."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


PRINTS = "line = 'x' * 99\nfor _ in range(200_000): print(line)\nprint('[metric] auc=0.5')\n"


def test_100_mb_pass_through_whole_and_fast(job: Any) -> None:
    text = "import sys\nw = sys.stdout.buffer.write\nfor i in range(1000): w((b'%099d\\n' % i) * 1000)\nsys.exit(3)\n"
    process = job.start(job.script(text))
    seen, size, started = hashlib.sha256(), 0, time.monotonic()
    while chunk := process.stdout.read(1 << 20):
        seen.update(chunk)
        size += len(chunk)
    assert process.wait(timeout=60) == 10
    assert time.monotonic() - started < 20
    expected = hashlib.sha256()
    for i in range(1000):
        expected.update((b"%099d\n" % i) * 1000)
    assert (size, seen.hexdigest()) == (100_000_000, expected.hexdigest())
    assert job.failure()["log_tail"] == [f"{999:099d}"] * 20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_line_without_an_end_does_not_fill_the_memory(job: Any) -> None:
    text = (
        "import sys\nw = sys.stdout.buffer.write\nfor _ in range(64): w(b'x' * 1_000_000)\n"
        "w(b'\\n[metric] auc=0.5\\n')\nsys.stdout.flush()\n"
    )
    process = job.start(job.script(text))
    size, peak = 0, 0
    for chunk in iter(lambda: process.stdout.read(1 << 20), b""):
        size += len(chunk)
        peak = max(peak, peak_kilobytes(process.pid))
    assert process.wait(timeout=60) == 0
    assert size == 64_000_000 + len(b"\n[metric] auc=0.5\n")
    assert [m["value"] for m in job.metrics()] == [0.5]
    assert 0 < peak < 60_000


def test_bytes_pass_as_they_are(job: Any) -> None:
    finished = job.run(job.script("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 3)\n"))
    assert finished.out == bytes(range(256)) * 3


def test_output_is_seen_while_the_script_runs(job: Any) -> None:
    process = job.start(job.script("import time\nprint('first')\ntime.sleep(60)\n"))
    assert process.stdout.readline() == b"first\n"
    assert process.poll() is None
    process.terminate()
    assert job.finish(process).code == 30


def test_the_job_goes_on_when_nobody_reads_its_log(job: Any) -> None:
    end = "open(os.environ['MLOPS_OUTPUT_DIR'] + '/end', 'w').close()\n"
    text = "import os\nfor i in range(20000): print('x' * 80)\n" + end
    process = job.start(job.script(text))
    process.stdout.close()
    process.stdout = None
    assert process.wait(timeout=60) == 0
    assert (job.folder / "output/end").exists()


def test_many_small_writes_are_all_there(job: Any) -> None:
    finished = job.run(job.script(PRINTS))
    assert finished.out.count(b"\n") == 200_001
    assert len(job.metrics()) == 1
