from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

from mlops_cloud.errors import RecipeError
from mlops_cloud.safety.yaml import Document, load, load_file

RECIPE = """\
recipe: churn
steps:
  train:
    kind: training
    compute: {cpu: 2, memory: 4Gi}
    inputs: [a, {b: c}]
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as caught:
        load(text, "r.yaml")
    return caught.value.problems


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with both parsers; wheels of PyYAML for some platforms come without libyaml."""
    if request.param == "pure":
        monkeypatch.setattr(yaml, "__with_libyaml__", False)
    return str(request.param)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("012", 12),
        ("-7", -7),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        ("1.", 1.0),
        (".5", 0.5),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2026-11-21", "2026-11-21"),
        ("10%", "10%"),
        ("4Gi", "4Gi"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("~", None),
        ("null", None),
        ("", None),
        ("-.inf", -math.inf),
        ("'1'", "1"),
        ('"\\u00e9"', "é"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!float 3", 3.0),
        ("!!int '3'", 3),
        ("${{ vars.seed }}", "${{ vars.seed }}"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    got = load(f"a: {text}", "r.yaml").data
    assert got == {"a": value}
    assert type(got["a"]) is type(value)


@pytest.mark.usefixtures("parser")
def test_positions_of_values_and_keys() -> None:
    document = load(RECIPE, "r.yaml")
    assert document.data["steps"]["train"]["inputs"] == ["a", {"b": "c"}]
    assert document.position(()) == (1, 1)
    assert document.position(("steps", "train", "compute", "memory")) == (5, 31)
    assert document.key_position(("steps", "train", "compute", "memory")) == (5, 23)
    assert document.position(("steps", "train", "inputs", 1, "b")) == (6, 21)


def test_a_missing_path_is_where_its_nearest_parent_is_named() -> None:
    document = load(RECIPE, "r.yaml")
    assert document.position(("steps", "train", "script")) == (3, 3)
    assert document.key_position(("steps", "train", "compute", "gpu", "count")) == (5, 5)
    assert document.position(("steps", "train", "inputs", 9)) == (6, 5)
    assert document.position(("nothing",)) == (1, 1)


def test_a_problem_line_names_file_place_and_field() -> None:
    line = load(RECIPE, "r.yaml").problem(("steps", "train", "compute", "memory"), "too much")
    assert line == "r.yaml:5:31: steps.train.compute.memory: too much"


@pytest.mark.usefixtures("parser")
def test_every_duplicate_key_is_named_with_both_lines() -> None:
    assert problems("a: 1\nb:\n  c: 1\n  'c': {d: 2, d: 3}\na: 2\n") == (
        "r.yaml:4:3: b.c: duplicate key 'c' (first at line 3)",
        "r.yaml:4:15: b.c.d: duplicate key 'd' (first at line 4)",
        "r.yaml:5:1: a: duplicate key 'a' (first at line 1)",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {seed: ${{ vars.seed }}}", 'r.yaml:1:11: a.seed: put quotes around "${{ vars.seed }}"'),
        ("a: {b: 1, seed: ${{vars.seed}}, c: 2}", 'r.yaml:1:17: a.seed: put quotes around "${{ vars.seed }}"'),
        ("a: [x, ${{ steps.x.y }}]", 'r.yaml:1:8: a.1: put quotes around "${{ steps.x.y }}"'),
        (
            "é:\n  b: {u: s3://b/${{ vars.d }}/x.csv}",
            'r.yaml:2:10: é.b.u: put quotes around "s3://b/${{ vars.d }}/x.csv"',
        ),
        ("a: {seed: {{ vars.seed }}}", 'r.yaml:1:11: a.seed: put quotes around "${{ vars.seed }}"'),
        ("seed: {{ vars.seed }}", 'r.yaml:1:7: seed: put quotes around "${{ vars.seed }}"'),
        ("a: [{{ vars.seed }}]", 'r.yaml:1:5: a.0: put quotes around "${{ vars.seed }}"'),
        ("a: {${{ vars.k }}: 1}", 'r.yaml:1:5: a: put quotes around "${{ vars.k }}"'),
        ("a: {b: ${{ vars.x }", 'r.yaml:1:8: a.b: put quotes around "${{ vars.x }}"'),
    ],
)
@pytest.mark.usefixtures("parser")
def test_an_unquoted_reference_is_told_where_to_put_quotes(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


@pytest.mark.usefixtures("parser")
def test_a_quoted_reference_inside_braces_is_text() -> None:
    assert load('a: {seed: "${{ vars.seed }}"}', "r.yaml").data == {"a": {"seed": "${{ vars.seed }}"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\t- b", "r.yaml:2:1: a: a tab cannot indent"),
        ("a: @x", "r.yaml:1:4: a: text that starts with '@'"),
        ("a: b: c", "r.yaml:1:5: a second ': '"),
        ("a:\n  - b\n c: d", "r.yaml:3:2: a key was expected here"),
        ("a: 'x", "r.yaml:1:4: a: a quote that is opened here"),
        ("a: [1, 2", "r.yaml:1:4: a.2: a bracket or brace that is opened here"),
        ("a: 1\n---\nb: 2", "r.yaml:2:1: a second document"),
        ("x: &a {b: 1}\nz: {<<: *a}", "r.yaml:2:5: z: merge keys"),
        ("x: &a [*a]", "r.yaml:1:8: x.0: the alias '*a' stands inside"),
        ("x: *a", "r.yaml:1:4: x: the alias '*a' names no anchor"),
        ("? [a]\n: b", "r.yaml:1:3: a key must be text"),
        ("a:\n  ?\n  : b", "r.yaml:2:4: a: there is no key"),
        ("a: !!python/name:os.system x", "r.yaml:1:4: a: the tag '!!python/name:os.system'"),
        ("a: !mine {b: c}", "r.yaml:1:4: a: the tag '!mine'"),
        ("a: !!map []", "r.yaml:1:4: a: the tag '!!map'"),
        ("a: !!int x", "r.yaml:1:4: a: this is not a !!int"),
        ("a: !!int true", "r.yaml:1:4: a: this is not a !!int"),
        ("a: 1e999", "r.yaml:1:4: a: 1e999 is too large"),
        ("a: b\nc: \x1b[31m", "r.yaml:2:4: the character '\\x1b'"),
        ('a: "\\ud800"', "r.yaml:1:"),
        ('a: "\\U99999999"', "r.yaml:1:"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_what_is_wrong_is_said_in_plain_words(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


@pytest.mark.usefixtures("parser")
def test_an_alias_is_a_copy_that_stands_where_it_is_written() -> None:
    document = load("x: &a {b: [1]}\ny: *a\n", "r.yaml")
    document.data["x"]["b"].append(2)
    assert document.data["y"] == {"b": [1]}
    assert document.position(("y",)) == (2, 4)
    assert document.position(("y", "b", 0)) == (1, 12)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\ufeff"])
def test_an_empty_file_is_nothing(text: str) -> None:
    document = load(text, "r.yaml")
    assert document.data is None
    assert document.position(("a",)) == (1, 1)


def test_files_are_read_with_their_own_name(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    document = load_file(path)
    assert isinstance(document, Document)
    assert document.data == {"a": "é"}
    path.write_bytes(b"a: b\nc: \xc3\xa9\xff")
    with pytest.raises(RecipeError, match=r"^recipe:2:5: this byte is not UTF-8$"):
        load_file(path, "recipe")
    with pytest.raises(RecipeError, match="No such file"):
        load_file(tmp_path / "missing.yaml")
