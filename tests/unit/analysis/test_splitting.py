from __future__ import annotations

import csv
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.analysis.splitting import split
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def table(tmp_path: Path, rows: list[list[object]], header: str = "id,label,group,time") -> Path:
    path = tmp_path / "source.csv"
    path.write_text(header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def some_rows(count: int = 203) -> list[list[object]]:
    chance = random.Random(5)
    return [
        [i, chance.choice("aaab") + chance.choice("cd"), f"g{chance.randrange(30)}", f"2026-01-{1 + i * 7 % 28:02d}"]
        for i in range(count)
    ]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("method", "column"), [("random", ""), ("stratified", "label"), ("time", "time"), ("group", "group")]
)
def test_every_row_is_in_exactly_one_split_in_the_sources_order(tmp_path: Path, method: str, column: str) -> None:
    source = table(tmp_path, some_rows())
    parts = split(source, tmp_path / "out", SHARES, method=method, seed=3, column=column)  # type: ignore[arg-type]
    ids = {name: [int(row["id"]) for row in read(part.path)] for name, part in parts.items()}
    assert list(ids) == list(SHARES)
    assert sorted(row for found in ids.values() for row in found) == list(range(203))
    assert all(found == sorted(found) for found in ids.values())
    assert {name: part.rows for name, part in parts.items()} == {name: len(found) for name, found in ids.items()}


def test_random_counts_are_within_one_row_and_the_seed_decides(tmp_path: Path) -> None:
    source = table(tmp_path, some_rows())
    first = split(source, tmp_path / "1", SHARES, seed=3)
    again = split(source, tmp_path / "2", SHARES, seed=3)
    other = split(source, tmp_path / "3", SHARES, seed=4)
    assert all(abs(first[name].rows - share * 203) < 1 for name, share in SHARES.items())
    assert first["test"].path.read_bytes() == again["test"].path.read_bytes()
    assert first["test"].path.read_bytes() != other["test"].path.read_bytes()


def test_the_division_is_the_same_on_every_host_for_ever(tmp_path: Path) -> None:
    source = table(tmp_path, [[i, i % 2, i % 5, i] for i in range(20)])
    ids = {}
    for method, column in {"random": "", "stratified": "label", "group": "group"}.items():
        parts = split(source, tmp_path / method, {"train": 0.7, "test": 0.3}, method=method, seed=7, column=column)  # type: ignore[arg-type]
        ids[method] = [int(row["id"]) for row in read(parts["test"].path)]
    assert ids == FIXED


FIXED = {
    "random": [2, 4, 13, 16, 17, 18],
    "stratified": [4, 7, 8, 13, 14, 15],
    "group": [1, 6, 11, 16],
}


def test_stratified_keeps_every_class_within_one_row(tmp_path: Path) -> None:
    rows = some_rows(1000)
    parts = split(table(tmp_path, rows), tmp_path / "out", SHARES, method="stratified", column="label")
    for label, total in Counter(row[1] for row in rows).items():
        for name, share in SHARES.items():
            found = sum(row["label"] == label for row in read(parts[name].path))
            assert abs(found - share * total) < 1, (label, name)


def test_stratified_by_many_rare_classes_still_keeps_the_shares(tmp_path: Path) -> None:
    source = table(tmp_path, [[i, f"class{i // 2}", 0, 0] for i in range(200)])
    parts = split(source, tmp_path / "out", {"train": 0.8, "test": 0.2}, method="stratified", column="label")
    assert abs(parts["test"].rows - 40) <= 1


def test_stratified_by_a_number_keeps_its_distribution(tmp_path: Path) -> None:
    chance = random.Random(1)
    source = table(tmp_path, [[i, chance.gauss(0, 1), 0, 0] for i in range(1000)])
    parts = split(source, tmp_path / "out", {"train": 0.5, "test": 0.5}, method="stratified", column="label")
    middle = sum(float(row["label"]) < 0 for row in read(parts["test"].path))
    whole = sum(float(row["label"]) < 0 for part in parts.values() for row in read(part.path))
    assert abs(middle - whole / 2) < 10


def test_by_time_the_newest_rows_are_the_test(tmp_path: Path) -> None:
    source = table(tmp_path, some_rows())
    shares = {"test": 0.2, "validation": 0.1, "train": 0.7}
    parts = split(source, tmp_path / "out", shares, method="time", column="time")
    times = {name: [row["time"] for row in read(part.path)] for name, part in parts.items()}
    assert max(times["train"]) <= min(times["validation"])
    assert max(times["validation"]) <= min(times["test"])


def test_times_with_offsets_are_compared_as_instants(tmp_path: Path) -> None:
    source = table(tmp_path, [[0, 0, 0, "2026-01-01T12:00:00+05:00"], [1, 0, 0, "2026-01-01T08:00:00"]])
    parts = split(source, tmp_path / "out", {"train": 0.5, "test": 0.5}, method="time", column="time")
    assert read(parts["test"].path)[0]["id"] == "1"


def test_no_group_is_divided(tmp_path: Path) -> None:
    parts = split(table(tmp_path, some_rows(1000)), tmp_path / "out", SHARES, method="group", column="group")
    groups = [{row["group"] for row in read(part.path)} for part in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 30
    assert all(abs(parts[name].rows - share * 1000) < 60 for name, share in SHARES.items())


def test_the_text_of_the_source_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "source.csv"
    rows = [b'"1",007, x ', b'2,"a ""q""\r\nb",1.10', "3,ä,1e3".encode()]
    source.write_bytes(b"\xef\xbb\xbfid,b,c\r\n" + b"\r\n\r\n".join(rows))
    parts = split(source, tmp_path / "out", {"train": 0.67, "test": 0.33}, seed=1)
    written = [part.path.read_bytes() for part in parts.values()]
    assert all(data.startswith(b"\xef\xbb\xbfid,b,c\r\n") for data in written)
    bodies = [data.removeprefix(b"\xef\xbb\xbfid,b,c\r\n") for data in written]
    assert sorted("".join(body.decode() for body in bodies)) == sorted("".join(row.decode() + "\r\n" for row in rows))
    assert all(any(row + b"\r\n" in body for body in bodies) for row in rows)


def test_parquet_is_divided_into_parquet(tmp_path: Path) -> None:
    import duckdb

    source = tmp_path / "s.parquet"
    query = (
        "SELECT i AS id, i % 3 = 0 AS label, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS time FROM range(5000) t(i)"
    )
    duckdb.execute(f"COPY ({query}) TO '{source}' (FORMAT parquet)")
    parts = split(source, tmp_path / "out", SHARES, method="stratified", column="label")
    ids = []
    for name, part in parts.items():
        assert part.path == tmp_path / "out" / name / f"{name}.parquet"
        rows = duckdb.execute(f"SELECT id, label FROM '{part.path}'").fetchall()
        assert abs(sum(label for _, label in rows) - 1667 * SHARES[name]) < 1
        assert rows == sorted(rows)
        ids += [row[0] for row in rows]
    assert sorted(ids) == list(range(5000))
    by_time = split(source, tmp_path / "time", {"train": 0.9, "test": 0.1}, method="time", column="time")
    assert duckdb.execute(f"SELECT min(id), count(*) FROM '{by_time['test'].path}'").fetchall() == [(4500, 500)]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "test.parquet",
        "train.parquet",
        "validation.parquet",
    ]


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"train": 0.8, "test": 0.3}, "add up to 1.1"),
        ({"train": 1.0, "test": 0.0}, "share of split 'test' is 0"),
        ({}, "not 0"),
        ({"../x": 1.0}, "cannot name a split"),
        ({"train": 0.999, "test": 0.001}, "split 'test' would have no rows"),
    ],
)
def test_bad_shares_are_refused_and_nothing_is_left(tmp_path: Path, shares: dict[str, float], says: str) -> None:
    source = table(tmp_path, some_rows(50))
    with pytest.raises(InvalidSpecError, match=says) as caught:
        split(source, tmp_path / "out", shares)
    assert caught.value.fix
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("method", "column", "says"),
    [
        ("group", "", "needs a column"),
        ("group", "grupp", "did you mean 'group'"),
        ("time", "label", "holds no time"),
        ("magic", "label", "no split method"),
    ],
)
def test_a_column_that_cannot_serve_is_refused(tmp_path: Path, method: str, column: str, says: str) -> None:
    source = table(tmp_path, some_rows(50))
    with pytest.raises(InvalidSpecError, match=says):
        split(source, tmp_path / "out", SHARES, method=method, column=column)  # type: ignore[arg-type]


def test_an_empty_group_is_refused_with_its_line(tmp_path: Path) -> None:
    source = table(tmp_path, [[0, "a", "g", 0], [1, "b", "", 0]])
    with pytest.raises(InvalidSpecError, match=r"source\.csv:3: column 'group' holds no group"):
        split(source, tmp_path / "out", SHARES, method="group", column="group")


def test_nothing_is_left_when_writing_fails(tmp_path: Path) -> None:
    source = table(tmp_path, some_rows())
    (tmp_path / "out" / "test" / "test.csv").mkdir(parents=True)
    with pytest.raises(OSError, match="test"):
        split(source, tmp_path / "out", SHARES)
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["test", "test.csv"]
