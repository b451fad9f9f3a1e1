from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import check_name, path_fault, safe_join, shown, slug

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a", "0", "churn", "breast-cancer", "a.b_c-d", "v1.0", "a" * 63, "a--b", "con", "a_"])
def test_legal_names_come_back(name: str) -> None:
    assert check_name(name, "model") == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("a" * 300, "it has 300 characters, 63 are allowed"),
        ("a\0b", "it holds a NUL character"),
        ("a/b", "it holds a slash"),
        ("..\\b", "it holds a slash"),
        ("a..b", "it holds '..'"),
        ("..", "it holds '..'"),
        ("Churn", "it holds upper-case letters"),
        ("a b", "it holds white space"),
        ("a\n", "it holds white space"),
        ("chürn", "it holds characters outside ASCII"),
        ("\u0441hurn", "it holds characters outside ASCII"),
        ("-rf", "it starts with '-'"),
        (".hidden", "it starts with '.'"),
        ("a-", "it ends with '-'"),
        ("a.", "it ends with '.'"),
        ("a#b", "it holds '#'"),
        ("a%2e%2e", "it holds '%'"),
        ("a\x1b", "it holds '\\x1b'"),
        (7, "a name must be text; quote it"),
    ],
)
def test_an_illegal_name_is_told_why_and_what_would_do(name: str, why: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        check_name(name, "model")
    assert caught.value.why == why
    assert caught.value.what.endswith("cannot name a model")
    assert len(str(caught.value)) < 500
    assert str(caught.value).replace("\n", "").isprintable()
    proposal = re.search(r"for example '(.*)'", caught.value.fix)
    if isinstance(name, str):
        assert proposal
        check_name(proposal[1], "model")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My Model (v2)", "my-model-v2"),
        ("Größe", "groe"),
        ("../../etc/passwd", "etc-passwd"),
        ("___", "unnamed"),
        ("日本", "unnamed"),
        ("café", "cafe"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=100), st.integers(1, 63))
def test_a_slug_is_always_a_legal_name(text: str, limit: int) -> None:
    made = slug(text, limit)
    assert check_name(made, "model") == made
    assert len(made) <= limit
    assert slug(made, limit) == made


UNSAFE = [
    "",
    "/etc/passwd",
    "..",
    "a/../../b",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "a\\b",
    "a\0b",
    "a\nb",
    "\udcff",
    "a\u202eb",
]


@pytest.mark.parametrize("relative", [*UNSAFE, "a" * 256, "é" * 128, "a/" * 600 + "b"])
def test_a_path_that_could_leave_its_root_is_refused(tmp_path: Path, relative: str) -> None:
    assert path_fault(relative)
    with pytest.raises(InvalidSpecError, match="is not a safe path"):
        safe_join(tmp_path, relative)


def test_a_path_stays_below_its_root_and_crosses_no_link(tmp_path: Path) -> None:
    assert safe_join(tmp_path, "a/b.csv") == tmp_path / "a" / "b.csv"
    (tmp_path / "link").symlink_to("/")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for relative in ("link", "link/etc/passwd", "dangling", "dangling/a"):
        with pytest.raises(InvalidSpecError, match="is a symbolic link"):
            safe_join(tmp_path, relative)
    alias = tmp_path.with_name(tmp_path.name + "-alias")
    alias.symlink_to(tmp_path)
    try:
        assert safe_join(alias, "a") == alias / "a"
    finally:
        alias.unlink()


def test_hostile_text_is_shown_on_one_short_line() -> None:
    assert shown("a\x1b[31m\n\u202e") == r"'a\x1b[31m\n\u202e'"
    assert shown("x" * 100, 10) == "'xxxxxxxxxx'… (100 characters)"
    assert shown([1]) == "a value of type list"
