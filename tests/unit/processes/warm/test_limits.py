"""Limits, requests to stop and failures to start hold for a copy as for a new interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import JobFailedError
from mlops_cloud.processes import observe, read_log, request_stop, stop, wait
from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

STUBBORN = (
    "import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True))\n"
    "subprocess.Popen(['sleep', '60'], start_new_session=True)\nprint('on', flush=True)\n"
    "end = time.monotonic() + 30\nwhile time.monotonic() < end:\n    time.sleep(0.01)\n"
)
POLITE = (
    "import signal, sys, time\ndef end(*_):\n    print('saving', flush=True)\n    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\nprint('on', flush=True)\ntime.sleep(30)\n"
)


def test_a_time_limit(bench: Any) -> None:
    bench.limits = {"max_runtime_seconds": 0.5, "grace_seconds": 0.2}
    assert bench.both(STUBBORN).cause == "timeout"


def test_a_memory_limit(bench: Any) -> None:
    bench.limits = {"memory_bytes": 150 << 20, "max_runtime_seconds": 20}
    assert bench.both("import time\nkept = bytearray(b'x' * (300 << 20))\ntime.sleep(10)").cause == "memory"


def test_memory_that_a_copy_shares_is_nobodys_excess(bench: Any) -> None:
    bench.limits = {"memory_bytes": 60 << 20}
    place = bench.start("import time\nkept = bytearray(b'x') * (20 << 20)\ntime.sleep(0.2)")
    assert bench.ended(place).cause == "exited"
    peak = observe(place / "run").peak_memory_bytes
    assert 20 << 20 < peak < 45 << 20, "without the shim's, which is the server's"


def test_an_interruption(bench: Any) -> None:
    bench.limits = {"interrupt_after_seconds": 0.5, "grace_seconds": 4}
    assert bench.both(POLITE).cause == "spot"


@pytest.mark.parametrize("script", [STUBBORN, POLITE, "print('on', flush=True)\nimport time\ntime.sleep(30)"])
def test_a_request_to_stop(bench: Any, script: str) -> None:
    told = [_stopped(bench, script, warm=warm) for warm in (False, True)]
    assert told[0] == told[1]
    assert told[1][1] == "cancelled"
    assert told[1][0] == 30


def _stopped(bench: Any, script: str, *, warm: bool) -> tuple[object, ...]:
    place = bench.start(script, warm=warm)
    until(lambda: b"on" in read_log(place / "run")[0])
    request_stop(place / "run")
    return bench.ended(place).told()


def test_a_kill_at_once(bench: Any) -> None:
    place = bench.start(STUBBORN)
    until(lambda: b"on" in read_log(place / "run")[0])
    assert stop(place / "run", 0).cause == "cancelled"


def test_a_folder_that_is_not_there(bench: Any, tmp_path: Path) -> None:
    bench.limits = {"cwd": tmp_path / "gone"}
    with pytest.raises(JobFailedError, match="gone"):
        bench.run("pass", warm=False)
    place = bench.start("pass")
    (cold,) = (other for other in bench.folder.iterdir() if other != place)
    status = wait(place / "run", 20)
    assert (status.state, status.cause) == ("exited", "start_failed")
    assert status.message.replace(place.name, cold.name) == observe(cold / "run").message


def test_what_it_used_is_told(bench: Any) -> None:
    place = bench.start("import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end:\n    pass")
    bench.ended(place)
    status = observe(place / "run")
    assert 0.3 <= status.cpu_seconds < 0.6
    assert status.duration_seconds >= 0.3
    assert status.left_behind == 0
