"""Jobs that may reach this computer only: `network: loopback`."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.processes.loopback import FOLDER
from mlops_cloud.processes.loopback.mlops_loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Scripts = Any

AWAY = "10.255.255.1"
CONNECT = f"""
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:  # which sends nothing if it is let
    connection.connect(("{AWAY}", 443))
"""
LOOK_UP = "import socket; socket.getaddrinfo('example.invalid', 'https')"
DATAGRAM = f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('{AWAY}', 53))"


@pytest.fixture
def watched(scripts: Scripts, another: Callable[..., Any]) -> Iterator[Scripts]:
    """Scripts as jobs of a profile with `network: loopback`."""
    provider = another(network="loopback")
    yield type(scripts)(provider, scripts.folder)
    provider.close()


@pytest.mark.parametrize(
    ("script", "place"),
    [(CONNECT, f"{AWAY} port 443"), (LOOK_UP, "example.invalid port https"), (DATAGRAM, f"{AWAY} port 53")],
)
def test_a_job_that_wants_to_leave_fails(watched: Scripts, script: str, place: str) -> None:
    job = watched.run(script)
    assert job.status == "failed"
    assert job.failure.message == f"it wanted to reach {place}; its profile has network: loopback"
    assert "BeyondLoopbackError" in job.failure.traceback


def test_a_script_that_goes_on_regardless_fails_too(watched: Scripts) -> None:
    body = "".join(f"    {line}\n" for line in CONNECT.strip().splitlines())
    job = watched.run(f"try:\n{body}except BaseException: print('never mind')\n")
    assert job.status == "failed"
    assert f"wanted to reach {AWAY} port 443" in job.failure.message
    assert "never mind" in job.failure.log_tail


def test_python_that_a_script_starts_is_watched_too(watched: Scripts) -> None:
    job = watched.run(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {LOOK_UP!r}], capture_output=True)"
    )
    assert "wanted to reach example.invalid" in job.failure.message


def test_loopback_is_reached(watched: Scripts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        job = watched.run(f"""
import os, socket
for host in ("127.0.0.1", "localhost"):
    socket.create_connection((host, {port})).close()
socket.getaddrinfo(os.uname().nodename, None)
with socket.socket(socket.AF_UNIX) as own, socket.socket(socket.AF_UNIX) as other:
    own.bind("own.sock")
    own.listen()
    other.connect("own.sock")
""")
    assert job.status == "succeeded", job.failure


def test_another_profile_is_not_watched(scripts: Scripts) -> None:
    code = (
        "import os, sys\nassert 'mlops_loopback' not in sys.modules\nassert 'MLOPS_NETWORK_RECORD' not in os.environ\n"
    )
    assert scripts.run(code).status == "succeeded"


def test_the_search_path_and_the_startup_module_of_a_job_stay(watched: Scripts, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.of_ours = True\n")
    code = f"""
import socket, sys
assert of_ours
assert {FOLDER!r} not in sys.path
{LOOK_UP}
"""
    job = watched.run(code, env={"PYTHONPATH": str(tmp_path)})
    assert "wanted to reach example.invalid" in job.failure.message


def test_the_environment_sets_it_and_a_wrong_word_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_CLOUD_NETWORK", "loopback")
    (tmp_path / "away.py").write_text(LOOK_UP)
    with mc.connect("local", folder=tmp_path) as cloud:
        job = cloud.processing.submit(mc.ProcessingJob(name="away", script="away.py"), folder=tmp_path).follow()
    assert "wanted to reach example.invalid" in job.failure.message
    monkeypatch.setenv("MLOPS_CLOUD_NETWORK", "some")
    with pytest.raises(InvalidSpecError, match="network"):
        mc.connect("local", folder=tmp_path)


@pytest.mark.parametrize("host", ["localhost", "127.8.9.1", "::1", "::ffff:127.0.0.1", b"a.localhost", ""])
def test_these_are_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", [AWAY, "::ffff:10.0.0.1", "fe80::1%eth0", "localhost.example", "128.0.0.1", "2130706433x"]
)
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_the_watch_is_light() -> None:
    code = "before = set(sys.modules); import mlops_loopback; print(*set(sys.modules) - before)"
    code = f"import sys; sys.path.insert(0, {FOLDER!r}); {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"__future__"} == {"mlops_loopback"}
