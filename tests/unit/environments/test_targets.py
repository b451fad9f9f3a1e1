"""Locks for another Python or another platform; what extras, markers and needs of needs come to."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.packages.closure import Distribution, closure
from mlops_cloud.packages.targets import Target
from mlops_cloud.services.lock_solver import Solver
from mlops_cloud_local import packages
from mlops_cloud_local.interpreters import Interpreter
from mlops_cloud_local.satisfied import Satisfied

if TYPE_CHECKING:
    from pathlib import Path

CLOUD = Target("3.12", "manylinux_2_28_x86_64")
NEEDS = ("base>=1", 'plot; extra == "plots"', 'win; sys_platform == "win32"', 'new; python_version >= "3.40"')
INSTALLED = {
    "app": Distribution(
        "app",
        "1.0",
        ("base>=1", 'plot; extra == "plots"', 'win; sys_platform == "win32"', 'new; python_version >= "3.40"'),
    ),
    "base": Distribution("base", "1.5", ("deep",)),
    "deep": Distribution("deep", "0.1b2", ("app",)),
    "plot": Distribution("plot", "3.0"),
}


def test_another_platforms_wheels_and_markers_decide(index: Any) -> None:
    here = "cp311-cp311-manylinux_2_17_x86_64" if sys.version_info[:2] != (3, 11) else "cp313-cp313-win_amd64"
    index.add("fast", "2.0", tag=here)
    index.add("fast", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64")
    index.add("chosen", "1.0", ["fast", 'wheelbase<2; python_version >= "3.12"', 'absent; sys_platform == "win32"'])
    index.add("only-here".replace("-", "_"), "1.0")
    line = f'only-here; python_version == "{sys.version_info[0]}.{sys.version_info[1]}" and sys_platform == "win32"'
    pins = Solver(("chosen", line), CLOUD).pins()
    assert sorted(pins) == ["chosen==1.0", "fast==1.0", "wheelbase==1.0"]
    assert all(len(hashes) == 1 for hashes in pins.values())


def test_what_has_no_wheel_for_a_platform_is_named(index: Any) -> None:
    index.add("fast", "1.0", tag="cp312-cp312-macosx_11_0_arm64")
    with pytest.raises(InvalidSpecError, match=r"Python 3\.12 on manylinux_2_28_x86_64: fast"):
        Solver(("fast", "wheelbase"), CLOUD).pins()


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["app"], ["app==1.0", "base==1.5", "deep==0.1b2"]),
        (["App[plots]>=1"], ["app==1.0", "base==1.5", "deep==0.1b2", "plot==3.0"]),
        (['plot; python_version < "3.0"', "deep>=0.1a1"], ["app==1.0", "base==1.5", "deep==0.1b2"]),
        ([], []),
    ],
)
def test_a_closure_holds_what_is_needed_and_nothing_else(lines: list[str], found: list[str]) -> None:
    whole = closure(lines, INSTALLED.get)
    assert (list(whole.lines()), whole.missing) == (found, [])


def test_a_closure_says_what_is_missing() -> None:
    assert closure(["base>=2", "app"], INSTALLED.get).missing == ["base>=2"]
    there = closure(["app[plots]"], INSTALLED.get, {"python_version": "3.41", "sys_platform": "win32"})
    assert sorted(there.missing) == ["new", "win"]


def site(folder: Path, name: str, version: str, *needs: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = "".join(f"Requires-Dist: {need}\n" for need in needs)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}\nRequires-Dist: prose\n"
    )


def test_what_is_installed_is_read_once_until_something_changes(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "site-packages"
    site(folder, "One_Two", "1.0", "three>=2")
    site(folder, "three", "2.1")
    file = tmp_path / "satisfied.json"
    asked = []
    satisfying = packages.satisfying
    monkeypatch.setattr(packages, "satisfying", lambda *given: asked.append(given[1]) or satisfying(*given))

    def answer(*lines: str) -> Any:
        for cached in (packages.installed, packages._distribution):
            cached.cache_clear()  # each call is a process's worth
        python = Interpreter("/usr/bin/python3.99", "CPython", "3.99.1", (str(folder),))
        satisfied = Satisfied(file)
        found = satisfied.by(python, lines)
        satisfied.save()
        return found

    assert answer("one-two") == answer("one-two") == ("one-two==1.0", "three==2.1")
    assert answer("three<2") is None
    assert answer("three<2") is None
    assert asked == [("one-two",), ("three<2",)]
    site(folder, "unrelated", "9.0")
    assert answer("one-two") == ("one-two==1.0", "three==2.1")
    assert asked[2:] == [("one-two",)]
    file.write_text(json.dumps({"/usr/bin/python3.99": []}))
    assert answer("three") == ("three==2.1",), "a damaged file is thrown away"
