"""Pages of a log: whole lines, capped lines, hostile cursors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud_local.job_log import LONGEST_LINE, page

if TYPE_CHECKING:
    from pathlib import Path


def _append(folder: Path, data: bytes) -> None:
    with (folder / "log").open("ab") as stream:
        stream.write(data)


def _all(folder: Path) -> list[str]:
    lines: list[str] = []
    cursor = ""
    while True:
        found = page(folder, cursor, over=True)
        lines += found.lines
        if found.ended:
            return lines
        assert found.cursor != cursor
        cursor = found.cursor


def test_a_line_is_shown_once_it_is_whole(tmp_path: Path) -> None:
    _append(tmp_path, b"one\ntw")
    first = page(tmp_path, "", over=False)
    assert (first.lines, first.ended) == (("one",), False)
    assert page(tmp_path, first.cursor, over=False).lines == ()
    _append(tmp_path, b"o\n")
    second = page(tmp_path, first.cursor, over=False)
    assert second.lines == ("two",)
    assert page(tmp_path, second.cursor, over=False).lines == ()


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    _append(tmp_path, b"one\ntwo")
    found = page(tmp_path, "", over=True)
    assert (found.lines, found.ended) == (("one", "two"), True)
    assert page(tmp_path, found.cursor, over=True).lines == ()


def test_a_long_line_is_capped_once_and_the_next_is_whole(tmp_path: Path) -> None:
    _append(tmp_path, b"a" * 3_000_000 + b"\nnext\n")
    lines = _all(tmp_path)
    assert [len(line.encode()) for line in lines] == [LONGEST_LINE, 4]
    assert lines[0].endswith("a…")


def test_a_long_line_is_seen_while_it_grows(tmp_path: Path) -> None:
    _append(tmp_path, b"a" * 10_000)
    first = page(tmp_path, "", over=False)
    assert len(first.lines) == 1
    _append(tmp_path, b"a" * 10_000)
    second = page(tmp_path, first.cursor, over=False)
    assert second.lines == ()
    _append(tmp_path, b"a\nnext\n")
    assert page(tmp_path, second.cursor, over=False).lines == ("next",)


def test_a_cut_character_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    _append(tmp_path, "ä".encode() * 5000 + b"\n\xff\xfe raw \x1b[31m\n")
    first, second = _all(tmp_path)
    assert len(first.encode()) <= LONGEST_LINE
    assert set(first) == {"ä", "…"}
    assert second == "\ufffd\ufffd raw \x1b[31m"


def test_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    assert page(tmp_path, "", over=False).lines == ()
    assert page(tmp_path, "", over=True).ended


@pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "٣", "9" * 30, "++", "1 ", "+"])
def test_hostile_cursors_are_refused(tmp_path: Path, cursor: str) -> None:
    with pytest.raises(InvalidSpecError):
        page(tmp_path, cursor, over=True)
