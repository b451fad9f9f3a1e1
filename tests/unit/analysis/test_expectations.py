from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.analysis.expectations import check
from mlops_cloud.analysis.patterns import Pattern
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """id,size,kind,when
1,2.5,red,2026-01-01
2,-1,green,2026-01-02
2,,blue,2026-01-03
4,NA,RED,yesterday
5,900,red,2026-01-05
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    return path


def lines(table: Path, column: str, **wanted: Any) -> list[int]:
    broken = check(table, {"columns": {column: wanted}}, now=1767700000.0)
    assert len(broken) == 1
    (found,) = broken
    assert found.column == column
    assert [found.expectation] == list(wanted)
    assert found.message.startswith(f"{column}: ")
    assert found.count == len(found.rows)
    return [row.line for row in found.rows]


def test_each_expectation_finds_the_rows_that_break_it(table: Path) -> None:
    assert lines(table, "size", not_null=True) == [4, 5]
    assert lines(table, "id", unique=True) == [4]
    assert lines(table, "size", min=0) == [3]
    assert lines(table, "size", max=100) == [6]
    assert lines(table, "kind", min=0) == [2, 3, 4, 5, 6]
    assert lines(table, "kind", one_of=["red", "green"]) == [4, 5]
    assert lines(table, "id", one_of=[1, 2.0, 4]) == [6]
    assert lines(table, "kind", pattern="[a-z]+") == [5]
    assert lines(table, "when", type="timestamp") == [5]
    assert lines(table, "size", type="integer") == [2]
    assert lines(table, "when", min="2026-01-02") == [2, 5]


def test_what_holds_is_silent(table: Path) -> None:
    columns = {
        "id": {"type": "integer", "not_null": True, "min": 1, "max": 5, "unique": False},
        "size": {"type": "number", "max": 900},
        "kind": {"one_of": ["red", "green", "blue", "RED"], "pattern": "(?i)(red|green|blue)"},
    }
    assert check(table, {"rows": {"min": 5, "max": 5}, "columns": columns}) == []


def test_an_example_shows_line_value_and_row(table: Path) -> None:
    (broken,) = check(table, {"columns": {"size": {"max": 100}}})
    assert broken.message == "size: values above 100 or that are no number, in 1 row"
    assert str(broken.rows[0]) == "line 6: size = '900'"
    assert broken.rows[0].row == {"id": "5", "size": "900", "kind": "red", "when": "2026-01-05"}


def test_five_examples_and_the_whole_count(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "7\n" * 9000)
    (broken,) = check(path, {"columns": {"a": {"unique": True}}})
    assert (broken.count, len(broken.rows), broken.rows[0].line) == (8999, 5, 3)


def test_rows(table: Path) -> None:
    (few,) = check(table, {"rows": {"min": 6}})
    (many,) = check(table, {"rows": {"max": 4}})
    assert few.message == "5 rows, at least 6 are expected"
    assert many.message == "5 rows, at most 4 are expected"
    assert (few.column, few.rows) == ("", ())


def test_freshness_is_about_the_newest_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("when\n2026-01-02T00:00:00Z\n2026-01-01T00:00:00Z\n")
    newest = 1767312000.0
    assert check(path, {"columns": {"when": {"max_age": 3600}}}, now=newest + 3600) == []
    (broken,) = check(path, {"columns": {"when": {"max_age": 3600}}}, now=newest + 7200)
    assert "2026-01-02 00:00:00+00:00, is 7,200 s old; at most 3,600 s" in broken.message


def test_a_missing_column_is_refused_before_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("mean_radius\n1\n1,2\n")
    with pytest.raises(InvalidSpecError, match="did you mean 'mean_radius'") as caught:
        check(path, {"columns": {"mean_radus": {"min": 0}}})
    assert "expect.columns.mean_radus" in caught.value.what


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"minimum": 3}, "no expectation is named 'minimum'"),
        ({"min": "soon"}, "neither a number nor a time"),
        ({"type": "string"}, "'string' is no type"),
        ({"pattern": "("}, "not a regular expression"),
        ({"one_of": []}, "give a list"),
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused(table: Path, wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidSpecError, match=says):
        check(table, {"columns": {"size": wanted}})


def test_a_catastrophic_pattern_ends() -> None:
    started = time.monotonic()
    with (
        Pattern("(a+)+b", "here", deadline=0.3) as pattern,
        pytest.raises(InvalidSpecError, match="the pattern took longer than"),
    ):
        pattern.mismatches(["a" * 40])
    assert time.monotonic() - started < 5


def test_patterns_answer_alike_in_both_places() -> None:
    cells = ["ab", "a" * 20_000, "", "ä\n", "b"]
    with Pattern("a?b?", "here") as child, Pattern("[ab]*", "here") as plain:
        assert child.mismatches(cells) == [1, 3]
        assert child.mismatches(["x"]) == [0]
        assert plain.mismatches(cells) == [1, 3]


def test_parquet_cells_are_checked_as_values(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "t.parquet"
    values = "(1, true, DATE '2026-01-01'), (2, NULL, DATE '2026-01-02'), (2, false, NULL)"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES {values}) t(a, b, c)) TO '{path}' (FORMAT parquet)")
    columns = {
        "a": {"unique": True, "type": "integer", "max": 1.5},
        "b": {"not_null": True, "one_of": [True]},
        "c": {"type": "timestamp", "max": "2026-01-01"},
    }
    found = check(path, {"columns": columns})
    assert [(b.column, b.expectation, [row.line for row in b.rows]) for b in found] == [
        ("a", "unique", [3]),
        ("a", "max", [2, 3]),
        ("b", "not_null", [2]),
        ("b", "one_of", [3]),
        ("c", "max", [2]),
    ]
    assert str(found[0].rows[0]) == "row 3: a = '2'"
