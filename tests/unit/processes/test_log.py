"""Nothing that a job prints is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.processes import read_log, tail, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Path]


def test_hundred_megabytes_are_whole_on_disk(start: Start) -> None:
    source = "import os\nline = b'x' * 9999 + b'\\n'\nfor _ in range(100): os.write(1, line * 100)\nprint('end')"
    folder = start(python=source)
    assert wait(folder, 60).succeeded
    assert (folder / "log").stat().st_size == 100_000_004
    assert tail(folder, 1) == ["end"]
    (folder / "log").unlink()


def test_both_streams_share_the_log_in_order(start: Start) -> None:
    folder = start("sh", "-c", "echo 1; echo 2 >&2; echo 3")
    assert wait(folder, 10).succeeded
    assert tail(folder) == ["1", "2", "3"]


def test_cursor_goes_through_the_log_while_it_grows(start: Start, eventually: Callable[..., None]) -> None:
    folder = start("sh", "-c", "printf abc; while [ ! -e go ]; do sleep 0.01; done; printf defg")
    eventually(lambda: read_log(folder) == (b"abc", 3))
    assert read_log(folder, 3) == (b"", 3)
    (folder.parent / "go").touch()
    assert wait(folder, 10).succeeded
    assert read_log(folder, 3) == (b"defg", 7)
    assert read_log(folder, 1, 2) == (b"bc", 3)
    assert read_log(folder, 99) == (b"", 99)


def test_tail_of_nothing_and_of_hostile_bytes(tmp_path: Path) -> None:
    assert tail(tmp_path) == []
    assert read_log(tmp_path) == (b"", 0)
    (tmp_path / "log").write_bytes(b"")
    assert tail(tmp_path) == []
    (tmp_path / "log").write_bytes(b"one\n\xff\xfe\x85two\r\n\nlast")
    assert tail(tmp_path, 3) == ["\ufffd\ufffd\ufffdtwo\r", "", "last"]
    assert tail(tmp_path, 0) == []
    (tmp_path / "log").write_bytes(b"a" * 100 + b"\nlast\n")
    assert tail(tmp_path, 5, max_bytes=10) == ["last"]
    (tmp_path / "log").write_bytes(b"a" * 100)
    assert tail(tmp_path, 5, max_bytes=10) == ["a" * 10]
