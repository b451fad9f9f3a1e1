from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import ExitCode, ExpectationError, InvalidSpecError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HALVES = {"train": 0.5, "test": 0.5, "method": "stratified"}


def test_a_version_is_divided_and_described(cloud: mc.Client, people: Path) -> None:
    version = cloud.datasets.create(mc.Dataset(name="people", source=str(people), target="label", split=HALVES))
    assert version.rows == 20
    assert version.splits == {"train": 10, "test": 10}
    assert [(column.name, column.type) for column in version.columns] == [("age", "integer"), ("label", "text")]
    train = next(cloud.datasets.open(version, "train").glob("*.csv")).read_text().splitlines()
    test = next(cloud.datasets.open(version, "test").glob("*.csv")).read_text().splitlines()
    assert train[0] == test[0] == "age,label"
    assert sorted(train[1:] + test[1:]) == sorted(people.read_text().splitlines()[1:])


def test_the_same_rows_are_the_same_version(cloud: mc.Client, people: Path) -> None:
    spec = mc.Dataset(name="people", source=str(people), target="label", split=HALVES)
    first = cloud.datasets.create(spec)
    assert cloud.datasets.create(spec) == first
    people.write_text(people.read_text() + "20,a\n21,b\n")
    second = cloud.datasets.create(spec)
    assert second.version != first.version
    assert [version.version for version in cloud.datasets.list("people")] == [second.version, first.version]


def test_another_seed_is_another_version(cloud: mc.Client, people: Path) -> None:
    versions = {
        cloud.datasets.create(
            mc.Dataset(name="people", source=str(people), split={"train": 0.5, "test": 0.5, "seed": seed})
        ).version
        for seed in (1, 2)
    }
    assert len(versions) == 2


def test_broken_rows_are_shown_and_nothing_is_made(cloud: mc.Client, people: Path) -> None:
    spec = mc.Dataset(name="people", source=str(people), expect={"columns": {"age": {"max": 18}}})
    with pytest.raises(ExpectationError) as caught:
        cloud.datasets.create(spec)
    assert caught.value.exit_code is ExitCode.REFUSED
    assert "line 21: age = '19'" in str(caught.value)
    assert list(cloud.datasets.list()) == []


def test_a_column_that_is_not_there_is_suggested(cloud: mc.Client, people: Path) -> None:
    with pytest.raises(InvalidSpecError, match="did you mean 'label'"):
        cloud.datasets.create(mc.Dataset(name="people", source=str(people), target="labl"))


@pytest.mark.parametrize("text", ["", "a,b\n", "a,b\n1,2\n3\n", "a,a\n1,2\n", "a,b\n1,\0\n"])
def test_a_bad_table_is_refused_and_nothing_is_made(
    cloud: mc.Client, write: Callable[[str, str], Path], text: str
) -> None:
    with pytest.raises(InvalidSpecError, match=r"bad\.csv"):
        cloud.datasets.create(mc.Dataset(name="bad", source=str(write("bad.csv", text))))
    assert list(cloud.datasets.list()) == []


def test_a_missing_file_says_where_it_was_looked_for(cloud: mc.Client, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=str(tmp_path)):
        cloud.datasets.create(mc.Dataset(name="people", source="nowhere.csv"), folder=tmp_path)


def test_a_deleted_version_is_gone_and_can_be_made_again(cloud: mc.Client, people: Path) -> None:
    spec = mc.Dataset(name="people", source=str(people))
    version = cloud.datasets.create(spec)
    cloud.datasets.delete("people", version.version)
    with pytest.raises(NotFoundError):
        cloud.datasets.get("people", version.version)
    assert cloud.datasets.create(spec).digest == version.digest
