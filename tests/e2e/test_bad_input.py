"""What a person can get wrong: exit 2, one clear error with its place, and nothing created."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.cli.main import answer

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
recipe: shop
steps:
  data:
    kind: dataset
    source: people.csv
    target: label
  train:
    kind: training
    script: train.py
    inputs: {train: "${{ steps.data.version }}"}
    compute: {memory: 1Gi}
"""
CASES = {
    "unknown field": (
        GOOD.replace("memory: 1Gi", "memroy: 1Gi"),
        "recipe.yaml:11:15: steps.train.compute.memroy:",
        "memory",
    ),
    "wrong type": (GOOD.replace("1Gi", "[1]"), "recipe.yaml:11:23: steps.train.compute.memory:", "size"),
    "duplicate key": (GOOD + "    script: other.py\n", "recipe.yaml:12:5:", "line 9"),
    "missing step": (GOOD.replace("steps.data.version", "steps.dota.version"), "recipe.yaml:10:21: ", "data"),
    "circle": (
        GOOD.replace("people.csv", "${{ steps.train.outputs.t }}") + "    outputs: {t: t}\n",
        "recipe.yaml:",
        "data -> train",
    ),
    "unquoted reference": (
        GOOD.replace('"${{ steps.data.version }}"', "${{ steps.data.version }}"),
        "recipe.yaml:10:21:",
        "quotes",
    ),
    "missing script": (GOOD.replace("train.py", "trian.py"), "recipe.yaml:9:13: steps.train.script:", "train.py"),
    "missing file": (GOOD.replace("people.csv", "poeple.csv"), "recipe.yaml:5:13: steps.data.source:", "people.csv"),
    "two steps of one model": (
        GOOD + "".join(f'  r{n}: {{kind: model, model: "${{{{ steps.train.model }}}}"}}\n' for n in (1, 2)),
        "recipe.yaml:13:",
        "shop",
    ),
    "name with ..": (GOOD.replace("recipe: shop", "recipe: a..b"), "recipe.yaml:1:9:", ".."),
    "name with a slash": (GOOD.replace("    target", "    name: a/b\n    target"), "recipe.yaml:6:11:", "/"),
    "name with NUL": (GOOD.replace("recipe: shop", 'recipe: "a\\0b"'), "recipe.yaml:1:9:", "NUL"),
    "name of 300": (GOOD.replace("recipe: shop", f"recipe: {'a' * 300}"), "recipe.yaml:1:9:", "300"),
    "bomb": ("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(60)), "recipe.yaml:", "alias"),
    "empty recipe": ("", "recipe.yaml:1:1:", "empty"),
    "no YAML": ("recipe: [1, 2\nsteps: {", "recipe.yaml:", ""),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "people.csv").write_text("age,label\n1,a\n2,b\n")
    (folder / "train.py").write_text("print('trained')\n")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_recipe_is_refused_at_its_place(
    folder: Path, own_home: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    text, place, word = CASES[case]
    (folder / "recipe.yaml").write_text(text)
    assert answer(["run", "recipe.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert place in err
    assert word.lower() in err.lower()
    assert "Traceback" not in err
    assert list(own_home.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "expect", "words"),
    [
        ("", "", ["people.csv:1", "empty"]),
        ("age,label\n1,a\n2\n", "", ["people.csv:3", "2"]),
        ("age,label\n1,a\n", "expect: {columns: {agee: {min: 0}}}", ["agee", "did you mean 'age'"]),
    ],
)
def test_a_wrong_table_is_refused_and_nothing_is_stored(
    folder: Path, own_home: Path, capsys: pytest.CaptureFixture[str], table: str, expect: str, words: list[str]
) -> None:
    (folder / "people.csv").write_text(table)
    (folder / "recipe.yaml").write_text(GOOD.replace("target: label", f"target: label\n    {expect}"))
    assert answer(["run", "recipe.yaml"]) == 2
    err = capsys.readouterr().err
    for word in words:
        assert word in err
    store = own_home / "local" / "store"
    assert [path for path in store.rglob("*") if path.is_file() and "mlops-cloud" not in path.parts] == []
    assert answer(["datasets", "list", "-o", "name"]) == 0
    assert capsys.readouterr().out == ""
