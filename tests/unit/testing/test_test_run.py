"""The rules of the test run itself, and the pytest plugin that travels in the wheel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS = "192.0.2.1"  # TEST-NET-1: nobody has it
_FAILING = """
import pytest
from mlops_cloud.testing.conformance.naming import NamingConformance

class TestNaming(NamingConformance):
    @pytest.fixture
    def provider(self):
        class Info:
            naming = {"datasets": None}
        class Provider:
            info, datasets, jobs, models, endpoints, monitors = Info, None, None, None, None, None
        return Provider()
"""


def test_nothing_but_loopback_is_reached() -> None:
    with socket.socket() as connection, pytest.raises(AssertionError, match="only loopback"):
        connection.connect((_ADDRESS, 80))
    with pytest.raises(AssertionError, match="only loopback"):
        socket.getaddrinfo("example.invalid", 80)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        assert connection.getpeername() == server.getsockname()


def test_every_test_has_its_own_home(own_home: Path) -> None:
    assert os.environ["MLOPS_CLOUD_HOME"] == str(own_home)
    assert list(own_home.iterdir()) == []


def test_until_answers_with_the_first_true_value() -> None:
    answers = iter([0, "", "ready"])
    assert until(lambda: next(answers), pause=0) == "ready"


def test_until_gives_up_with_the_last_answer() -> None:
    with pytest.raises(AssertionError, match="the last answer was 0"):
        until(lambda: 0, deadline=0)


def test_a_failing_check_shows_its_values(tmp_path: Path) -> None:
    (tmp_path / "test_naming.py").write_text(_FAILING)
    arguments = [
        "-p",
        "mlops_cloud.testing.plugin",
        "-p",
        "no:cacheprovider",
        "-k",
        "every_family",
        "-q",
        str(tmp_path),
    ]
    done = _run("-m", "pytest", "-c", os.devnull, *arguments)
    assert "assert {'datasets'} == set()" in done.stdout


def test_the_plugin_loads_nothing_of_ours_but_itself() -> None:
    code = (
        "import sys; import mlops_cloud.testing.plugin; print(*[n for n in sys.modules if n.startswith('mlops_cloud')])"
    )
    loaded = set(_run("-c", code).stdout.split())
    assert loaded - {"mlops_cloud", "mlops_cloud.version"} == {"mlops_cloud.testing", "mlops_cloud.testing.plugin"}


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Named with -p, the plugin is not to be found a second time by its entry point.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
