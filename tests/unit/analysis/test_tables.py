from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.analysis import tables
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path


def csv_file(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def described(schema: tables.Schema) -> list[tuple[str, str, bool]]:
    return [(column.name, column.type, column.nullable) for column in schema.columns]


def test_types_are_the_narrowest_that_fit_every_cell(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "i,f,b,t,s,mixed,empty,gap\n"
        "1,1.5,true,2026-01-31,x,1,,1\n"
        "-2,1e3,False,2026-01-31T10:00:00+01:00,true,2.5,NA,\n"
        "007,inf,TRUE,2026-01-31 10:00:00,3,7,,3\n",
    )
    schema = tables.read_schema(path)
    assert described(schema) == [
        ("i", "integer", False),
        ("f", "number", False),
        ("b", "boolean", False),
        ("t", "timestamp", False),
        ("s", "text", False),
        ("mixed", "number", False),
        ("empty", "text", True),
        ("gap", "integer", True),
    ]
    assert (schema.rows, schema.format, schema.delimiter) == (3, "csv", ",")


@pytest.mark.parametrize("cell", ["1_000", "١٢", "12 pm", "0x10"])
def test_what_only_python_calls_a_number_is_text(tmp_path: Path, cell: str) -> None:
    assert tables.read_schema(csv_file(tmp_path, f"a\n1\n{cell}\n")).columns[0].type == "text"


def test_a_type_that_only_a_late_row_breaks_is_widened(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a,b\n" + "1,1\n" * 9000 + "x,2.5\n")
    assert [column.type for column in tables.read_schema(path).columns] == ["text", "number"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    rows = [["a", "b", "c"], ["1", '"x,;|\t y"', "3"], ["4", "5", "6"]]
    path = csv_file(tmp_path, "\n".join(delimiter.join(row) for row in rows))
    schema = tables.read_schema(path)
    assert (schema.delimiter, schema.names) == (delimiter, ["a", "b", "c"])


def test_a_given_delimiter_wins(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a;b,c\n1;2,3\n")
    assert tables.read_schema(path, tables.Options(delimiter=";")).names == ["a", "b,c"]


def test_quotes_newlines_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '\ufeff"a ""x""",b\r\n"1\r\n2",y\r\n\r\n3,"ä,ö"\r\n')
    table = tables.open_table(path)
    (batch,) = table.batches()
    assert table.names == ['a "x"', "b"]
    assert list(batch.rows) == [["1\r\n2", "y"], ["3", "ä,ö"]]
    assert list(batch.lines) == [2, 5]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("\n\n", 1, "no header"),
        ("a,b\n", 1, "no rows"),
        ("a,b\n1,2\n1,2,3\n", 3, "the row has 3 fields, the header has 2"),
        ('a,b\n"x\ny",2\n\n1\n', 5, "the row has 1 fields, the header has 2"),
        ("a,a\n1,2\n", 1, "two columns are named 'a'"),
        ("a, \n1,2\n", 1, "column 2 has no name"),
        ("a,b\n1,\x002\n", 2, "NUL"),
        (b"a,b\n1,2\n1,\xff\n", 3, "byte 0xff is not UTF-8"),
        (b"a\n" + b"x\n" * 99_999 + b"\xe4\n", 100_001, "byte 0xe4 is not UTF-8"),
        ('a,b\n1,"open\n2,3\n', 2, "a quote opens here and never closes"),
        ('a,b\n1,"x"y\n', 2, "not well-formed"),
        ("a,b\n1," + "x" * (1024 * 1024 + 1) + "\n", 2, "over 1,048,576 characters"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str | bytes, line: int, says: str) -> None:
    path = csv_file(tmp_path, text)
    with pytest.raises(InvalidSpecError) as caught:
        tables.read_schema(path)
    assert caught.value.what.startswith(f"{path}:{line}: ")
    assert says in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"PK\x03\x04"])
def test_a_compressed_file_is_refused_by_name(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(InvalidSpecError, match="unpack it"):
        tables.read_schema(csv_file(tmp_path, start + b"rest"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match="No such file"):
        tables.read_schema(tmp_path / "none.csv")


@pytest.mark.parametrize("name", ["t.parquet", "t[1].bin", "it's.parquet"])
def test_a_parquet_file_has_its_own_types(tmp_path: Path, name: str) -> None:
    import duckdb

    path = tmp_path / name
    values = "(1, 1.5, true, TIMESTAMPTZ '2026-01-31 10:00+01', 'x'), (2, NULL, false, NULL, NULL)"
    target = str(path).replace("'", "''")
    duckdb.execute(f'COPY (SELECT * FROM (VALUES {values}) t(i, f, b, t, "s ""q""")) TO \'{target}\' (FORMAT parquet)')
    table = tables.open_table(path)
    assert described(table.schema()) == [
        ("i", "integer", False),
        ("f", "number", True),
        ("b", "boolean", False),
        ("t", "timestamp", True),
        ('s "q"', "text", True),
    ]
    (batch,) = table.batches()
    assert batch.rows[0][3] == datetime(2026, 1, 31, 9)  # noqa: DTZ001
    assert list(batch.lines) == [1, 2]


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match="cannot be read as Parquet"):
        tables.read_schema(csv_file(tmp_path, "PAR1 is not enough", "t.parquet"))


def test_small_tables_need_the_standard_library_alone(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a,b\n" + "1.5,x\n2.5,y\n" * 50)
    program = f"""
import sys
from mlops_cloud.analysis import expectations, splitting, tables
table = tables.open_table({str(path)!r})
tables.read_schema(table)
expectations.check(table, {{"columns": {{"a": {{"min": 0}}}}}})
splitting.split(table, {str(tmp_path)!r}, {{"train": 0.8, "test": 0.2}})
heavy = {{"numpy", "pandas", "sklearn", "scipy", "duckdb", "pyarrow", "pydantic", "yaml", "subprocess", "asyncio"}}
print(sorted(heavy & set(sys.modules)))
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
