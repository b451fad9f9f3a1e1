"""Hostile YAML: no text of at most 1 MiB takes more than half a second or raises anything but RecipeError."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_cloud.errors import RecipeError
from mlops_cloud.safety.yaml import MAX_BYTES, load

MIB = MAX_BYTES


def fill(unit: str, start: str = "", end: str = "") -> str:
    return start + unit * ((MIB - len(start) - len(end)) // len(unit.encode())) + end


def billion_laughs(width: int, names: str) -> str:
    lines = [f"{names[0]}: &{names[0]} [{','.join(['x'] * width)}]"]
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{','.join(['*' + before] * width)}]")
    return "\n".join(lines)


def merge_bomb() -> str:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 20)]
    return "\n".join(lines)


def nested_aliases() -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 99)]
    return "\n".join(lines)


REFUSED = {
    "too many bytes": "a" * (MIB + 1),
    "too many bytes in few characters": "é" * (MIB // 2 + 1),
    "open brackets": fill("["),
    "closed brackets": "[" * 1000 + "]" * 1000,
    "open braces": fill("{a: "),
    "mixed braces": fill("[{a: "),
    "dashes": fill("- "),
    "question marks": fill("? "),
    "deep block": "\n".join(" " * i + "a:" for i in range(200)),
    "anchors": fill("&a "),
    "alias bomb of nine": billion_laughs(9, "abcdefgh"),
    "alias bomb of two": billion_laughs(2, "abcdefghijklmnopqrstuvwxyz"),
    "wide alias bomb": billion_laughs(90, "ab") + "\nc: [" + "*b," * 20 + "]",
    "aliases of one long text": "a: &a " + "x" * 900_000 + "\nb: [" + "*a," * 99 + "]",
    "aliases nested": nested_aliases(),
    "aliases by the thousand": "- &a x\n- [" + "*a," * 5000 + "]",
    "alias of itself": "a: &a [*a]",
    "alias of an open mapping": "a: &a {b: {c: *a}}",
    "alias as a key": "a: &a b\n*a : c",
    "merge bomb": merge_bomb(),
    "merge key": "a: &a {b: 1}\nc: {<<: *a}",
    "duplicate keys": fill("k: v\n"),
    "duplicate keys in flow": fill("a,", "{", "}"),
    "list of 500,000": fill("1,", "[", "]"),
    "block list": fill("- a\n"),
    "many keys": "\n".join(f"k{i}: v" for i in range(70_000)),
    "empty maps": fill("{},", "[", "]"),
    "tag directives": fill("%TAG !a! tag:x\n"),
    "tag directive": "%TAG ! tag:example.org,2000:\n---\na: !x b",
    "unknown version": "%YAML 9.9\n---\na: 1",
    "version of many digits": "%YAML 1." + "9" * 100_000 + "\n---\na: 1",
    "two versions": "%YAML 1.2\n%YAML 1.2\n---\na: 1",
    "python object": "a: !!python/object/apply:os.system ['id']",
    "python module": "a: !!python/module:os",
    "python tuple": "a: !!python/tuple [1]",
    "binary": "a: !!binary aGk=",
    "set": "a: !!set {b}",
    "ordered map": "a: !!omap [b: c]",
    "time stamp": "a: !!timestamp 2026-11-21",
    "tag of a key": "!!int 1: b",
    "anchor of a key": "&a b: c",
    "long tag": "a: !" + "x" * 500_000 + " b",
    "unfinished escape": 'a: "\\x',
    "escape of a surrogate": 'a: "\\ud800"',
    "integer of 500,000 digits": "a: " + "9" * 500_000,
    "exponent": "a: 1e" + "9" * 300,
    "NUL": "a: \0",
    "escape character": "a: \x1b]0;title\x07",
    "delete": "a: \x7f",
    "lone surrogate": "a: \ud800",
    "not a character": "a: \uffff",
    "mark inside": "a: \ufeffb",
    "tab": "a:\n\tb: c",
    "quote never closed": fill("x", "a: '"),
    "double quote never closed": fill('\\"', 'a: "'),
    "flow never closed": fill("a ", "[", ""),
    "documents": fill("--- a\n"),
    "ends of documents": "a: 1\n...\nb: 2\n",
    "key without end": fill("x", "? "),
    "list as key": "? [a, b]\n: c",
    "braces of a template": fill("{{ a }}", "a: [", "]"),
    "reserved": "a: `b`",
}
ACCEPTED = {
    "comments": fill("# x\n"),
    "newlines": fill("\n"),
    "spaces": fill(" "),
    "one long text": fill("x", "a: '", "'"),
    "one long line of words": fill("b ", "a: "),
    "block text": fill("  x\n", "a: |\n"),
    "folded text": fill("  x\n\n", "a: >\n"),
    "escapes": fill("\\x41", 'a: "', '"'),
    "emoji": fill("\U0001f600", "a: "),
    "64 levels": "[" * 64 + "]" * 64,
    "100 aliases": "- &a x\n- [" + "*a," * 100 + "]",
}


def timed(text: str) -> RecipeError | None:
    started = time.process_time()
    try:
        load(text, "r.yaml")
    except RecipeError as exc:
        return exc
    finally:
        assert time.process_time() - started <= 5, "it took seconds: a bomb"
    return None


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_text_is_refused_at_once(case: str) -> None:
    error = timed(REFUSED[case])
    assert error is not None
    for problem in error.problems:
        name, line, column, _ = problem.split(":", 3)
        assert name == "r.yaml"
        assert int(line) >= 1
        assert int(column) >= 1
        assert len(problem) < 1000
        assert problem.isprintable()


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_large_but_honest_text_is_read(case: str) -> None:
    assert timed(ACCEPTED[case]) is None


FLOW = ["[", "]", "{", "}", ", ", "${{ a.b }}", "{{", "}}"]
BLOCK = [": ", ":", "- ", "\n", "\n  ", "\n    ", "? ", "|", ">", "---", "\n--- ", "...", "# "]
SCALARS = ["a", "b", "&x ", "*x", "!!str ", "!", "'", '"', "<<", "1e3", "~", "\\", "%", "é", "\t"]
YAMLISH = st.lists(st.sampled_from([*FLOW, *BLOCK, *SCALARS]), max_size=40).map("".join)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
@given(st.one_of(st.text(max_size=200), YAMLISH))
def test_any_text_gives_plain_data_or_a_recipe_error(text: str) -> None:
    try:
        data = load(text, "r.yaml").data
    except RecipeError:
        return
    assert_plain(data)


def assert_plain(data: object) -> None:
    if isinstance(data, dict):
        assert all(type(key) is str for key in data)
        for value in data.values():
            assert_plain(value)
    elif isinstance(data, list):
        for value in data:
            assert_plain(value)
    else:
        assert data is None or type(data) in (str, int, float, bool)
