"""Blocks that pandas parses: whatever they hold, the strict reader makes the same of it, or they are left to it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_cloud.analysis import csv_block
from mlops_cloud.analysis.chunks import Place, Wanted
from mlops_cloud.analysis.column_kinds import WiderColumnError
from mlops_cloud.analysis.csv_block import Block, whole_lines
from mlops_cloud.analysis.csv_chunks import CsvChunks
from mlops_cloud.analysis.csv_table import CsvTable
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.analysis.column_kinds import Kinds

CELLS = [
    "1", "-0", "2.5", "1e400", ".5", "5.", "1E-5", " 7 ", "inf", "-Infinity", "nan", "NaN", "NA", "", "null", "NAN",
    "1_000", "0x10", "true", "True", "FALSE", "rue", "1d", "٣", "9007199254740993", "red", '"a"', '"a,b"', '"x""y"',
    'mid"dle', '"two\nlines"', "a\r", " ", '"open', "1;2", "\0", "é", "\x0b1",
]  # fmt: skip
KINDS: list[Kinds] = [{"a": a, "b": b} for a in ("integer", "number", "boolean", None) for b in ("number", "text")]


def strictly(table: CsvTable, wanted: Wanted, kinds: Kinds) -> tuple[dict[str, Any], list[list[str | None]]] | None:
    chunks = CsvChunks(table)
    place = chunks._start()
    try:
        batch, end = chunks._strictly(place, wanted.most)
        chunk = chunks._of_batch(batch, end, wanted, kinds) if batch else None
    except (InvalidSpecError, WiderColumnError):
        return None
    return (dict(chunk.rows.columns), chunk.carried) if chunk else None


def same(one: Any, other: Any) -> bool:
    if hasattr(one, "dtype") and one.dtype.kind in "fi":
        # 5. among whole numbers may be taken for one of them: to a model it is.
        return np.array_equal(one.astype(float), other.astype(float), equal_nan=True)
    return [c if isinstance(c, (str, bool)) else None for c in one] == [
        c if isinstance(c, (str, bool)) else None for c in other
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=3), min_size=1, max_size=6))
def test_a_block_is_read_as_the_strict_reader_reads_it(
    end: str, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "block.csv"
    data = "".join(",".join(row) + end for row in rows).encode()
    path.write_bytes(b"a,b" + end.encode() + data)
    table = CsvTable(path, ",")
    block = Block.of(data, table)
    for kinds in KINDS if block else []:
        assert block is not None
        columns = block.columns(kinds)
        if columns is None:
            continue
        expected = strictly(table, Wanted(("a", "b"), ("b", "a"), 100, as_cells=False), kinds)
        assert expected is not None, "only the strict reader refuses it"
        assert block.rows == len(rows)
        assert all(same(columns[name], expected[0][name]) for name in ("a", "b"))
        assert block.texts(["b", "a"]) == expected[1]


@pytest.mark.parametrize(
    "data",
    [b"1,2\n3\n", b"1,2,3\n4\n", b"1,2\n\n3,4\n", b"1,\x002\n", b"1,\xff\n", b'1,"2\n', b'1,x"2"\n', b"1,2\r3,4\n"],
)
def test_what_may_be_broken_is_left_to_the_strict_reader(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "block.csv"
    path.write_bytes(b"a,b\n")
    assert Block.of(data, CsvTable(path, ",")) is None


def test_a_regular_block_is_not_left_to_the_strict_reader(tmp_path: Path) -> None:
    path = tmp_path / "block.csv"
    path.write_bytes(b"a;b\n")
    block = Block.of(b'1;"x;y"\n2;"say ""no"""\n', CsvTable(path, ";"))
    assert block is not None
    columns = block.columns({"a": "integer", "b": "text"})
    assert columns is not None
    assert (columns["a"].tolist(), columns["b"]) == ([1, 2], ["x;y", 'say "no"'])


@given(
    st.lists(st.integers(0, 9), max_size=40), st.integers(1, 9), st.integers(1, 200), st.sampled_from([b"", b"last"])
)
def test_whole_lines_are_all_there_in_order(widths: list[int], most: int, most_bytes: int, last: bytes) -> None:
    stream = io.BytesIO(b"".join(b"x" * width + b"\n" for width in widths) + last)
    found = b""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_block, "_PIECE", 7)
        while data := whole_lines(stream, most, most_bytes):
            assert data.count(b"\n") <= most
            assert data.endswith(b"\n") or found + data == stream.getvalue()
            found += data
            stream.seek(len(found))
    left = stream.getvalue().removeprefix(found)
    assert not left or len(left.partition(b"\n")[0]) + 7 > most_bytes, "only a line that is too long stays"


def test_a_line_end_in_quotes_at_the_end_of_a_chunk_belongs_to_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,x\n2,"two\nlines"\n3,"y"\n')
    wanted = Wanted(("a",), ("b",), 2, as_cells=False)
    chunks = list(CsvChunks(CsvTable(path, ",")).chunks(Place(), wanted, {"a": "integer"}))
    assert [chunk.rows.columns["a"].tolist() for chunk in chunks] == [[1, 2], [3]]
    assert [chunk.carried for chunk in chunks] == [[["x", "two\nlines"]], [["y"]]]
    assert [list(chunk.lines) for chunk in chunks] == [[2, 3], [5]]
    assert chunks[-1].end == Place(0, path.stat().st_size, 5)


def test_a_monstrous_line_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n1," + b"x" * (40 << 20) + b"\n")
    wanted = Wanted(("a",), (), 1000, as_cells=False)
    with pytest.raises(InvalidSpecError, match="a field has over"):
        list(CsvChunks(CsvTable(path, ",")).chunks(Place(), wanted, {"a": "integer"}))
