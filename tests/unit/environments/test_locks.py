"""From requirement lines to a lock: solved once, shared, honoured; what cannot be solved is told by its lines."""

from __future__ import annotations

import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import (
    ConflictError,
    CorruptStateError,
    IndexUnreachableError,
    InvalidSpecError,
    UnsupportedError,
)
from mlops_cloud.packages.requirements import requirement_lines, with_hashes
from mlops_cloud.services.locks import LOCKS, lock_for
from mlops_cloud.specs.environment import Environment

if TYPE_CHECKING:
    from pathlib import Path


def locked(project: Any, *lines: str, **given: Any) -> Any:
    with project.cloud(**given) as cloud:
        return lock_for(cloud.session, Environment(requirements=lines), "processing", "job")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_lock_names_every_package_in_one_version(index: Any, project: Any) -> None:
    lock = locked(project, "wheeltop")
    assert lock.lines == ("wheelbase==1.0", "wheeltop==1.0")
    assert not lock.there
    assert lock.summary() == f"environment {lock.digest[:12]}, 2 packages"
    assert lock.hashes[0] == (sha256(index.folder / "wheelbase-1.0-py3-none-any.whl"),)
    assert project.told == [f"locking 1 requirements for Python {lock.target.python}"]


def test_a_lock_is_made_once_for_everybody(index: Any, project: Any) -> None:
    first = locked(project, "wheeltop", "wheelbase")
    index.add("wheelbase", "1.5")
    project.told.clear()
    assert locked(project, "wheelbase", "wheeltop") == first
    assert project.told == []
    assert "wheelbase==1.5" in locked(project, "wheeltop").lines, "other lines are another question"


def test_what_the_interpreter_has_needs_no_lock_and_no_index(server: Any, project: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", server.url)
    lock = locked(project, "pytest>=8")
    assert lock.there
    assert lock.summary() == "the current interpreter"
    assert {line.split("==")[0] for line in lock.lines} >= {"pytest", "pluggy", "iniconfig"}
    assert "ruff" not in lock.requirements(), "what is not needed changes nothing"
    assert server.paths == []


def test_lines_that_clash_are_named(index: Any, project: Any) -> None:
    index.add("bystander", "1.0")
    with pytest.raises(InvalidSpecError) as caught:
        locked(project, "bystander", "wheeltop==1.0", "wheelnew")
    assert "wheeltop==1.0" in caught.value.what
    assert "wheelnew" in caught.value.what
    assert "bystander" not in caught.value.what
    assert "wheelbase" in caught.value.why, "what both of them need"
    assert str(index.folder) not in str(caught.value)


def test_a_version_that_there_is_not_is_named(index: Any, project: Any) -> None:
    with pytest.raises(InvalidSpecError, match=r": wheelbase==9\n"):
        locked(project, "wheelbase==9", "wheeltop")


def test_an_index_that_cannot_be_reached_is_said_without_its_credentials(project: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:9/simple")
    with pytest.raises(IndexUnreachableError, match="no package index answers") as caught:
        locked(project, "wheeltop")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    planned = locked(project, "wheeltop", read_only=True)
    assert "no package index answers" in planned.problem


def test_a_stopped_run_leaves_no_tool_running(project: Any, monkeypatch: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index_that_never_answers:
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.delenv("PIP_NO_INDEX", raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index_that_never_answers.getsockname()[1]}/simple")
        with project.cloud() as cloud, ThreadPoolExecutor(1) as pool:
            environment = Environment(requirements=("wheeltop",))
            locking = pool.submit(lock_for, cloud.session, environment, "processing")
            asked, _ = index_that_never_answers.accept()
            cloud.session.stopping.set()
            with asked:
                with pytest.raises(ConflictError, match="the run was stopped"):
                    locking.result(20)
                while asked.recv(4096):  # what it asked; then nothing, since who asked is gone
                    pass


def test_a_plan_records_nothing(index: Any, project: Any) -> None:
    assert locked(project, "wheeltop", read_only=True).lines == ("wheelbase==1.0", "wheeltop==1.0")
    with project.cloud() as cloud:
        assert list(cloud.session.records.names(LOCKS)) == []


def test_a_full_lock_is_honoured_as_it_is(index: Any, project: Any) -> None:
    base, top = (index.folder / f"{name}-1.0-py3-none-any.whl" for name in ("wheelbase", "wheeltop"))
    text = (
        "# written by a solver\n"
        f"wheelbase==1.0 \\\n    --hash=sha256:{sha256(base)} \\\n    --hash=sha256:{'0' * 64}\n    # via wheeltop\n"
        f"wheeltop==1.0 \\\r\n    --hash=sha256:{sha256(top)}\r\n"
        f'only-elsewhere==3.0 ; sys_platform == "win32" --hash=sha256:{"1" * 64}\n'
    )
    lines = requirement_lines(text, "requirements.txt")
    lock = locked(project, *lines)
    assert lock.lines == ("wheelbase==1.0", "wheeltop==1.0")
    assert set(lock.hashes[0]) == {"0" * 64, sha256(base)}
    _, said, _ = project.run(project.job(list(lines)))
    assert said == ["1.0"]


def test_a_file_that_is_not_what_the_lock_names_is_refused(index: Any, project: Any) -> None:
    with pytest.raises(CorruptStateError, match=r"wheelbase==1\.0"):
        project.run(project.job([f"wheelbase==1.0 --hash=sha256:{'a' * 64}"]))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("--index-url https://me:hunter2@host/simple", "option"),
        ("-e .", "option"),
        ("-r other.txt", "option"),
        ("wheeltop --global-option=x", "requirement"),
        ("wheeltop>=1 --config-settings=x", "requirement"),
        ("wheeltop @ https://me:hunter2@host/w.whl", "address"),
        ("git+https://me:hunter2@host/w.git", "address"),
        ("wheeltop @ file:///etc/passwd", "address"),
        ("./wheeltop", "requirement"),
        ("/tmp/wheeltop-1.0-py3-none-any.whl", "requirement"),
        ("~/wheeltop", "requirement"),
        ("wheel top", "requirement"),
        ("wheeltop; import os", "requirement"),
        ("wheeltop\n--index-url=x", "requirement"),
    ],
)
def test_what_no_index_is_asked_for_is_refused(project: Any, line: str, what: str) -> None:
    with pytest.raises((InvalidSpecError, UnsupportedError)) as caught, project.cloud() as cloud:
        cloud.processing.submit(project.job([line]), folder=project.folder)
    assert what in caught.value.what
    assert "hunter2" not in str(caught.value)


def test_requirement_files_are_read_as_people_write_them() -> None:
    text = "\ufeff# ours\nNumPy>=1.26,<3  # fits\n\npandas[performance] >= 2 ; python_version >= '3.9'\n"
    assert requirement_lines(text, "r.txt") == ("NumPy>=1.26,<3", "pandas[performance] >= 2 ; python_version >= '3.9'")
    assert with_hashes(f"a==1 --hash=sha256:{'A' * 64}") == ("a==1", ("a" * 64,))
