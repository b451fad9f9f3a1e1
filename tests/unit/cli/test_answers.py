"""One answer in four forms."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import yaml

from mlops_cloud.cli.answers import answer_list, answer_one, document


@dataclass(frozen=True)
class Thing:
    name: str
    size: float


COLUMNS = {"name": lambda thing: thing.name, "size": lambda thing: thing.size}
THINGS = [Thing("a", 1.5), Thing("b", float("nan"))]
DOCUMENT = [{"name": "a", "size": 1.5}, {"name": "b", "size": None}]


def test_json_and_yaml_hold_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    answer_list("json", THINGS, COLUMNS, lambda thing: thing.name)
    assert json.loads(capsys.readouterr().out) == DOCUMENT
    answer_list("yaml", THINGS, COLUMNS, lambda thing: thing.name)
    assert yaml.load(capsys.readouterr().out, yaml.CSafeLoader) == DOCUMENT  # noqa: TID251 - our own output


def test_names_are_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer_list("name", THINGS, COLUMNS, lambda thing: thing.name)
    assert capsys.readouterr().out == "a\nb\n"


def test_an_empty_list_is_an_empty_document(capsys: pytest.CaptureFixture[str]) -> None:
    answer_list("json", [], COLUMNS, str)
    assert capsys.readouterr().out == "[]\n"


def test_fields_without_a_value_are_left_out_and_long_ones_indented(capsys: pytest.CaptureFixture[str]) -> None:
    answer_one("table", None, {"name": "a", "empty": "", "files": "\nx\ny", "map": {"k": 1}}, "a")
    assert capsys.readouterr().out == 'name   a\nfiles\n  x\n  y\nmap\n  {\n    "k": 1\n  }\n'


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_documents_carry_no_control_character(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    document(output, {"note": "\x1b[31mred\u202e"})
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)
