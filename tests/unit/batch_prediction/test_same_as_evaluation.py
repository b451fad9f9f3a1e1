"""What is predicted chunk by chunk is what an evaluation predicts of the same rows at once, whichever reader reads."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlops_cloud.analysis import bundles, csv_block
from mlops_cloud.analysis.answers import ask, label
from mlops_cloud.analysis.batch_prediction import BatchPrediction
from mlops_cloud.analysis.features import read_rows
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 600


@pytest.fixture
def data(table: Callable[..., Path]) -> Path:
    """Numbers with gaps, whole numbers, truth, text with marks that need quotes, in 600 rows."""
    rng = np.random.default_rng(3)
    lines = ["x,whole,truth,colour,z"]
    for number in range(ROWS):
        x, z = rng.normal(size=2)
        gap = "NA" if number % 7 == 0 else repr(float(x))
        colour = ("red", '"light, blue"', "", '"say ""green"""')[number % 4]
        lines.append(f"{gap},{number % 5},{'true' if z > 0 else 'false'},{colour},{z:.4f}")
    return table("\n".join(lines) + "\n")


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    def made(model: Any) -> Path:
        from skops.io import dump

        (tmp_path / "saved" / "model").mkdir(parents=True)
        dump(model, tmp_path / "saved" / "model" / "model.skops")
        return tmp_path / "saved"

    return made


def batch(model: Path, data: Path, folder: Path, **settings: Any) -> list[dict[str, str]]:
    prediction = BatchPrediction(model, data, settings, folder / "checkpoint")
    target = folder / "predictions.csv"
    prediction.write(prediction.predict(), target)
    with target.open(newline="") as stream:
        return list(csv.DictReader(stream))


def at_once(model: Path, data: Path, *, ranked: bool = True) -> Any:
    return ask(bundles.load(model), read_rows(data, []), "", [], ranked=ranked)


def pipeline(data: Path) -> Any:
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    table = pd.read_csv(data / "rows.csv")
    texts = ColumnTransformer(
        [("texts", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["colour", "truth"])],
        remainder="passthrough",
    )
    model = make_pipeline(texts, HistGradientBoostingClassifier(max_iter=20))
    return model.fit(table[["x", "whole", "truth", "colour"]], table["z"].abs() > table["x"].fillna(0))


@pytest.fixture(params=["pandas", "strict"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "strict":
        monkeypatch.setattr(csv_block.Block, "of", lambda *_: None)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("chunk_rows", [1000, 77])
def test_a_pipeline_over_columns_of_every_type(
    chunk_rows: int, data: Path, saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    model = saved(pipeline(data))
    rows = batch(model, data, tmp_path, probabilities=True, chunk_rows=chunk_rows)
    expected = at_once(model, data)
    assert [row["prediction"] for row in rows] == [label(answer) for answer in expected.given]
    found = [[float(row[f"probability_{name}"]) for name in ("False", "True")] for row in rows]
    np.testing.assert_allclose(found, expected.ranking, rtol=1e-12)


@pytest.mark.usefixtures("reader")
def test_a_regression_by_an_array_without_names(
    table: Callable[..., Path], saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 3)) * 10.0 ** rng.integers(-30, 30, (300, 3))
    model = saved(DecisionTreeRegressor().fit(values, values[:, 0]))
    data = table("a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in values.tolist()))
    rows = batch(model, data, tmp_path, chunk_rows=64)
    assert [float(row["prediction"]) for row in rows] == at_once(model, data, ranked=False).given


def test_parquet_is_predicted_as_the_same_csv_is(data: Path, saved: Callable[[Any], Path], tmp_path: Path) -> None:
    import duckdb
    import pandas as pd

    model = saved(pipeline(data))
    (tmp_path / "parquet").mkdir()
    source = pd.read_csv(data / "rows.csv")
    with duckdb.connect() as connection:
        connection.register("source", source)
        connection.execute(f"COPY source TO '{tmp_path}/parquet/rows.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    by_csv = batch(model, data, tmp_path, chunk_rows=50)
    by_parquet = batch(model, tmp_path / "parquet", tmp_path, chunk_rows=77, columns=["z"])
    assert [row["prediction"] for row in by_parquet] == [row["prediction"] for row in by_csv]
    assert [float(row["z"]) for row in by_parquet] == source["z"].tolist()


def test_parquet_out_has_the_types_of_what_came_in(
    data: Path, predictor: Callable[..., Path], table: Callable[..., Path], tmp_path: Path
) -> None:
    import duckdb

    (tmp_path / "parquet").mkdir()
    rows = "SELECT i AS x, CAST(i AS DECIMAL(9,2)) AS price, CASE WHEN i % 2 = 0 THEN '' END AS note FROM range(9) t(i)"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{tmp_path}/parquet/rows.parquet' (FORMAT parquet)")
        target = tmp_path / "predictions.parquet"
        prediction = BatchPrediction(
            predictor(), tmp_path / "parquet", {"columns": "all", "chunk_rows": 4}, tmp_path / "checkpoint"
        )
        prediction.write(prediction.predict(), target)
        kinds = connection.execute(f"DESCRIBE SELECT * FROM '{target}'").fetchall()
        found = connection.execute(f"SELECT * FROM '{target}'").fetchall()
        expected = connection.execute(f"SELECT *, x * 2.0::DOUBLE FROM ({rows})").fetchall()
    assert [kind[:2] for kind in kinds] == [
        ("x", "BIGINT"),
        ("price", "DECIMAL(9,2)"),
        ("note", "VARCHAR"),
        ("prediction", "DOUBLE"),
    ]
    assert found == expected


def test_a_column_missing_in_a_whole_chunk_is_missing_text_there_too(
    table: Callable[..., Path], saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    cells = ["a", "b", ""] * 20
    train = pd.DataFrame({"kind": [cell or None for cell in cells], "x": [1.0] * 60})
    encoder = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    model = saved(encoder.fit(train, [cell or "none" for cell in cells]))
    data = table("kind,x\n" + "a,1.0\n" * 10 + ",1.0\n" * 10 + "b,1.0\n" * 10)
    rows = batch(model, data, tmp_path, chunk_rows=10)
    assert [row["prediction"] for row in rows] == ["a"] * 10 + ["none"] * 10 + ["b"] * 10


def test_missing_columns_are_named(data: Path, saved: Callable[[Any], Path], table: Any, tmp_path: Path) -> None:
    model = saved(pipeline(data))
    with pytest.raises(InvalidSpecError, match="lacks columns the model was trained on: truth, colour"):
        batch(model, table("x,whole\n1,2\n", folder="few"), tmp_path)


def test_a_model_that_names_no_columns_is_told_how_many_there_are(
    saved: Callable[[Any], Path], table: Any, tmp_path: Path
) -> None:
    from sklearn.linear_model import LinearRegression

    model = saved(LinearRegression().fit([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0]))
    with pytest.raises(InvalidSpecError, match="takes 2 columns and the table has 3"):
        batch(model, table("a,b,c\n1,2,3\n"), tmp_path)
    assert len(batch(model, table("id,a,b\n1,2,3\n"), tmp_path, columns=["id"])) == 1


@pytest.mark.parametrize(("cell", "told"), [("NA", "NaN"), ("red", "could not convert string to float")])
def test_a_row_that_the_model_refuses_is_named(
    cell: str, told: str, saved: Callable[[Any], Path], table: Any, tmp_path: Path
) -> None:
    from sklearn.linear_model import LinearRegression

    model = saved(LinearRegression().fit([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0]))
    data = table("a,b\n" + "1,2\n" * 50 + f"1,{cell}\n" + "1,2\n" * 9)
    with pytest.raises(InvalidSpecError, match="cannot predict row") as caught:
        batch(model, data, tmp_path, chunk_rows=8)
    assert told in caught.value.why
    assert "row 51 (rows.csv:52)" in caught.value.what
    if cell == "NA":
        assert json.loads((tmp_path / "checkpoint" / "progress.json").read_text())["state"]["rows"] == 48


def test_a_model_without_probabilities_is_refused(saved: Callable[[Any], Path], table: Any, tmp_path: Path) -> None:
    from sklearn.linear_model import LinearRegression

    model = saved(LinearRegression().fit([[1.0]], [1.0]))
    with pytest.raises(InvalidSpecError, match="a LinearRegression has no predict_proba"):
        batch(model, table("a\n1\n"), tmp_path, probabilities=True)
