from __future__ import annotations

import numpy as np

from mlops_cloud.analysis.bootstrap import measure
from mlops_cloud.analysis.scores import ClassScores, NumberScores
from mlops_cloud.analysis.slices import measure_slices, slice_rows


def test_a_column_is_sliced_by_its_values() -> None:
    assert slice_rows(["b", "a", "b", "", "NA"]) == {"(missing)": [3, 4], "a": [1], "b": [0, 2]}


def test_few_numbers_are_values_in_their_order() -> None:
    assert list(slice_rows(["10", "9", "100", "9"])) == ["9", "10", "100"]


def test_many_numbers_are_cut_into_quantiles() -> None:
    slices = slice_rows([str(value) for value in range(101)] + [""])
    assert {name: len(rows) for name, rows in slices.items()} == {
        "0 to below 25": 25,
        "25 to below 50": 25,
        "50 to below 75": 25,
        "75 to 100": 26,
        "(missing)": 1,
    }


def test_the_rarest_of_many_values_are_one_slice() -> None:
    cells = [f"v{value:03d}" for value in range(40) for _ in range(40 - value)]
    slices = slice_rows(cells)
    assert len(slices) == 20
    assert next(iter(slices)) == "v000"
    assert len(slices["(other)"]) == sum(range(1, 22))
    assert sorted(row for rows in slices.values() for row in rows) == list(range(len(cells)))


def test_a_slices_metrics_are_those_of_its_rows() -> None:
    truth = np.array([0, 1, 0, 1, 1])
    scores = ClassScores(("n", "y"), truth, np.array([0, 1, 1, 0, 1]), positive=1)
    found = measure_slices(scores, {"group": ["a", "a", "b", "b", "b"]}, resamples=50)
    assert [(entry["value"], entry["rows"]) for entry in found] == [("a", 2), ("b", 3)]
    assert found[0]["metrics"]["accuracy"]["value"] == 1.0
    assert found[1]["metrics"] == measure(scores.at(np.array([2, 3, 4])), resamples=50).intervals()


def test_a_slice_of_one_row_leaves_out_what_it_cannot_have() -> None:
    scores = NumberScores(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
    found = measure_slices(scores, {"id": ["x", "y"]}, resamples=10)
    assert set(found[0]["metrics"]) == {"mae", "rmse", "mape"}
