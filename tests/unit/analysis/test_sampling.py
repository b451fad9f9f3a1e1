"""Few rows of a table: the same ones everywhere, in order, every class among them."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.analysis.sampling import sample
from mlops_cloud.analysis.tables import open_table
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.analysis.sampling import Sample


def _rows(drawn: Sample) -> list[list[str]]:
    return [list(row) for batch in drawn.batches() for row in batch.rows]


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """A thousand rows: 3 of class c, 10 of b, the rest of a."""
    path = tmp_path / "flowers.csv"
    kinds = {5: "c", 500: "c", 999: "c"} | dict.fromkeys(range(100, 110), "b")
    path.write_text("n,kind\n" + "".join(f"{n},{kinds.get(n, 'a')}\n" for n in range(1000)))
    return path


def test_rows_keep_their_order_text_and_lines(flowers: Path, tmp_path: Path) -> None:
    drawn = sample(open_table(flowers), tmp_path / "few", 50)
    numbers = [int(row[0]) for row in _rows(drawn)]
    assert len(numbers) == 50
    assert numbers == sorted(numbers)
    assert [line for batch in drawn.batches() for line in batch.lines] == [number + 2 for number in numbers]
    whole = flowers.read_text().splitlines()
    assert drawn.file.read_text().splitlines() == [whole[0], *(whole[number + 1] for number in numbers)]
    assert drawn.schema().rows == 50


def test_the_seed_decides_and_nothing_else(flowers: Path, tmp_path: Path) -> None:
    first, again, other = (
        _rows(sample(open_table(flowers), tmp_path / str(place), 30, seed=seed)) for place, seed in enumerate((7, 7, 8))
    )
    assert first == again
    assert first != other
    assert [int(row[0]) for row in first][:4] == [26, 28, 29, 58]


def test_every_class_stays(flowers: Path, tmp_path: Path) -> None:
    drawn = sample(open_table(flowers), tmp_path / "few", 40, column="kind", each=3)
    kinds = Counter(row[1] for row in _rows(drawn))
    assert kinds.total() == 40
    assert kinds["c"] == 3
    assert kinds["b"] >= 3


def test_more_classes_than_there_is_room_for_are_drawn_evenly(flowers: Path, tmp_path: Path) -> None:
    by_number = sample(open_table(flowers), tmp_path / "few", 30, column="n")
    assert _rows(by_number) == _rows(sample(open_table(flowers), tmp_path / "plain", 30))


def test_a_short_table_is_taken_whole(flowers: Path, tmp_path: Path) -> None:
    drawn = sample(open_table(flowers), tmp_path / "few", 1000, column="kind")
    assert drawn.file.read_bytes() == flowers.read_bytes()


def test_parquet_stays_parquet(flowers: Path, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "flowers.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{flowers}')) TO '{path}' (FORMAT parquet)")
    drawn = sample(open_table(path), tmp_path / "few", 40, column="kind", each=3)
    assert drawn.schema().rows == 40
    assert Counter(row[1] for row in _rows(drawn))["c"] == 3
    numbers = [row[0] for row in _rows(drawn)]
    assert [line for batch in drawn.batches() for line in batch.lines] == [number + 1 for number in numbers]


def test_a_missing_column_is_named(flowers: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match="no column 'kimd'"):
        sample(open_table(flowers), tmp_path / "few", 40, column="kimd")


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("w") as stream:
        stream.write("n,kind\n")
        stream.writelines(f"{n},{n % 7}{'x' * 80}\n" for n in range(120_000))
    assert path.stat().st_size > 8 << 20
    tracemalloc.start()
    drawn = sample(open_table(path), tmp_path / "few", 100, column="kind")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert drawn.schema().rows == 100
    assert peak < 6 << 20
