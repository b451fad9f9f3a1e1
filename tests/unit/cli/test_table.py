"""Tables where no terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.cli.table import as_text, table, write

if TYPE_CHECKING:
    import pytest


def test_columns_have_one_width_and_numbers_stand_right() -> None:
    shown = as_text(table(("name", "rows", "note"), [("a", 5, "x"), ("longer", 1200, ""), ("b", "", "y")]))
    assert shown.split("\n") == [
        "name    rows  note",
        "a          5  x",
        "longer  1200",
        "b             y",
    ]


def test_a_hostile_cell_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    write(table(("name",), [("a\x1b[31m\nb\u202ec",)]))
    assert capsys.readouterr().out == "name\na\\e[31m b\\u202ec\n"


def test_no_rows_leave_the_headers(capsys: pytest.CaptureFixture[str]) -> None:
    write(table(("model", "approval"), []))
    assert capsys.readouterr().out == "model  approval\n"
