"""A job's log in pages of whole lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.processes import read_log
from mlops_cloud.results.jobs import LogPage
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_LINE = 8192
"""Bytes of one line in a page; the file keeps the whole line."""
_PAGE = 1 << 20
_CUT = "…"
_INSIDE = "+"  # the cursor stands in a line whose beginning was shown


def page(folder: Path, cursor: str, *, over: bool) -> LogPage:
    """The next lines; `over` must have been true before the call for the last, unfinished line to be shown."""
    offset, inside = _position(cursor)
    data, end = read_log(folder, offset, _PAGE)
    last = over and len(data) < _PAGE
    if inside:
        data, inside = _after_line(data)
    *complete, rest = data.split(b"\n")
    lines = [_capped(line) for line in complete]
    if rest and (last or len(rest) >= LONGEST_LINE):
        lines.append(_capped(rest))
        inside = not last
    elif not inside:
        end -= len(rest)
    return LogPage(tuple(lines), f"{end}{_INSIDE if inside else ''}", ended=last)


def _position(cursor: str) -> tuple[int, bool]:
    number = cursor.removesuffix(_INSIDE)
    if cursor and not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise InvalidSpecError(f"{shown(cursor)} is not a place in a log", fix="give the cursor of an earlier page")
    return int(number or 0), cursor.endswith(_INSIDE)


def _after_line(data: bytes) -> tuple[bytes, bool]:
    """What follows the line that the cursor stood in, and whether that line still goes on."""
    _, found, after = data.partition(b"\n")
    return after, not found


def _capped(line: bytes) -> str:
    if len(line) <= LONGEST_LINE:
        return line.decode("utf-8", "replace")
    return line[: LONGEST_LINE - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT
