"""A whole evaluation: from a bundle and a table to the report, for the models that people have."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlops_cloud.analysis.evaluate import evaluate
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEATURES = ("x", "z")
SETTINGS = {"task": "classification", "target": "label", "positive": "yes", "resamples": 200}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """200 rows: yes where x + noise is large; colour is text, and x by itself nearly tells."""
    rng = np.random.default_rng(0)
    path = tmp_path / "data" / "rows.csv"
    path.parent.mkdir()
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["x", "z", "colour", "label", "amount"])
        for number in range(200):
            x, z = rng.normal(size=2)
            table.writerow([x, z, "red" if number % 3 else "blue", "yes" if x + 0.3 * z > 0 else "no", 3 * x + 1])
    return path.parent


def frame(data: Path) -> Any:
    import pandas as pd

    return pd.read_csv(data / "rows.csv")


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[..., Path]:
    def made(model: Any, name: str = "bundle", **signature: Any) -> Path:
        from skops.io import dump

        folder = tmp_path / name
        (folder / "model").mkdir(parents=True)
        dump(model, folder / "model" / "model.skops")
        (folder / "signature.json").write_text(json.dumps(signature))
        return folder

    return made


@pytest.fixture
def with_predictor(tmp_path: Path) -> Callable[[str], Path]:
    def made(text: str) -> Path:
        folder = tmp_path / "own"
        (folder / "model").mkdir(parents=True)
        (folder / "code").mkdir()
        (folder / "model" / "limit.txt").write_text("0.0")
        (folder / "code" / "predictor.py").write_text(text)
        (folder / "signature.json").write_text(json.dumps({"predictor": "code/predictor.py"}))
        return folder

    return made


def logistic(data: Path, columns: tuple[str, ...] = FEATURES) -> Any:
    from sklearn.linear_model import LogisticRegression

    table = frame(data)
    return LogisticRegression().fit(table[list(columns)], table["label"])


def test_the_report_agrees_with_scikit_learn(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    model, table = logistic(data), frame(data)
    report = evaluate(bundle(model), data, {**SETTINGS, "slices": ["colour"]})
    x, y = table[list(FEATURES)], table["label"]
    probability = model.predict_proba(x)
    metrics = {name: entry["value"] for name, entry in report["metrics"].items()}
    assert metrics["accuracy"] == pytest.approx(accuracy_score(y, model.predict(x)))
    assert metrics["auc"] == pytest.approx(roc_auc_score(y == "yes", probability[:, 1]))
    assert metrics["log_loss"] == pytest.approx(log_loss(y, probability))
    assert all(entry["low"] <= entry["value"] <= entry["high"] for entry in report["metrics"].values())
    assert np.sum(report["confusion"]["counts"]) == report["rows"] == 200
    assert [(part["value"], part["rows"]) for part in report["slices"]] == [("blue", 67), ("red", 133)]
    assert report["curves"]["roc"][0] == [0.0, 0.0]
    json.dumps(report, allow_nan=False)


def test_a_pipeline_that_chooses_columns_by_name(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    table = frame(data)
    columns = ["x", "colour"]
    chosen = ColumnTransformer([("colour", OneHotEncoder(), ["colour"])], remainder="passthrough")
    model = make_pipeline(chosen, LogisticRegression()).fit(table[columns], table["label"])
    report = evaluate(bundle(model), data, SETTINGS)
    assert report["metrics"]["accuracy"]["value"] == pytest.approx(model.score(table[columns], table["label"]))


def test_a_model_without_column_names_takes_all_but_target_and_slices(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.linear_model import LogisticRegression

    table = frame(data)
    model = LogisticRegression().fit(table[["x", "z", "amount"]].to_numpy(), table["label"])
    report = evaluate(bundle(model), data, {**SETTINGS, "slices": ["colour"]})
    assert report["metrics"]["accuracy"]["value"] > 0.9


def test_a_regression(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.linear_model import Ridge

    table = frame(data)
    model = Ridge().fit(table[["x"]], table["amount"])
    settings = {"task": "regression", "target": "amount", "resamples": 200, "gates": {"r2": {"min": 0.99}}}
    report = evaluate(bundle(model), data, settings)
    assert report["metrics"]["r2"]["value"] == pytest.approx(model.score(table[["x"]], table["amount"]))
    assert report["passed"]
    assert report["confusion"] is None
    assert sum(report["curves"]["residuals"]["counts"]) == 200


def test_gates_and_the_champion_on_the_same_rows(data: Path, bundle: Callable[..., Path]) -> None:
    settings = {**SETTINGS, "gates": {"auc": {"min": 0.9}, "champion": {"auc": {"may_lose": 0.01}}}}
    good, bad = bundle(logistic(data), "good"), bundle(logistic(data, ("z",)), "bad")
    alone = evaluate(good, data, settings)
    assert alone["passed"]
    assert "no champion yet" in alone["gates"][-1]["message"]
    worse = evaluate(bad, data, settings, champion=good)
    assert not worse["passed"]
    assert not worse["champion"]["gates"][0]["passed"]
    better = evaluate(good, data, settings, champion=bad)
    assert better["passed"]
    assert better["champion"]["differences"]["auc"]["value"] > 0


LABELS = (
    "def load(folder): return 0.0\n"
    "def predict(model, rows): return ['yes' if row['x'] > model else 'no' for row in rows]\n"
)
PROBABILITIES = (
    "import math\ndef load(folder): return 0.0\n"
    "def predict(model, rows):\n"
    "    odds = [1 / (1 + math.exp(-4 * row['x'])) for row in rows]\n"
    "    return [{'yes': p, 'no': 1 - p} for p in odds]\n"
)


def test_a_predictor_of_ones_own_that_gives_labels(data: Path, with_predictor: Callable[[str], Path]) -> None:
    report = evaluate(with_predictor(LABELS), data, SETTINGS)
    assert report["metrics"]["accuracy"]["value"] > 0.8
    assert "auc" not in report["metrics"]


def test_a_predictor_of_ones_own_that_gives_probabilities(data: Path, with_predictor: Callable[[str], Path]) -> None:
    report = evaluate(with_predictor(PROBABILITIES), data, SETTINGS)
    assert report["metrics"]["auc"]["value"] > 0.9
    assert math.isfinite(report["metrics"]["log_loss"]["value"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"positive": "maybe"}, "the classes are no, yes"),
        ({"target": "labl"}, "did you mean 'label'"),
        ({"slices": ["color"]}, "did you mean 'colour'"),
        ({"gates": {"acc": {"min": 1}}}, "no metric is named 'acc'"),
    ],
)
def test_a_wrong_setting_says_how_to_mend_it(
    data: Path, bundle: Callable[..., Path], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        evaluate(bundle(logistic(data)), data, {**SETTINGS, **changes})
    assert said in str(caught.value)


def test_rows_without_truth_or_columns_are_refused(data: Path, bundle: Callable[..., Path]) -> None:
    model = bundle(logistic(data))
    path = data / "rows.csv"
    text = path.read_text()
    path.write_text(text.replace(",yes,", ",,", 3))
    with pytest.raises(InvalidSpecError, match="3 rows have no 'label'"):
        evaluate(model, data, SETTINGS)
    path.write_text(text.replace("x,z,", "x,zed,", 1))
    with pytest.raises(InvalidSpecError, match="lacks columns the model was trained on: z"):
        evaluate(model, data, SETTINGS)


def test_a_foreign_function_in_a_skops_file_is_refused_and_not_called(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    model = make_pipeline(FunctionTransformer(os.path.basename), logistic(data))
    with pytest.raises(InvalidSpecError, match="basename"):
        evaluate(bundle(model), data, SETTINGS)


def test_a_search_over_a_pipeline_that_chooses_numbers_by_name(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = frame(data)
    chosen = ColumnTransformer([("scaled", StandardScaler(), ["z", "x"])])
    search = GridSearchCV(make_pipeline(chosen, LogisticRegression()), {"logisticregression__C": [0.1, 1]})
    model = search.fit(table[list(FEATURES)], table["label"])
    report = evaluate(bundle(model), data, SETTINGS)
    assert report["metrics"]["accuracy"]["value"] == pytest.approx(model.score(table[list(FEATURES)], table["label"]))


def test_a_model_of_encoded_labels_is_refused(data: Path, bundle: Callable[..., Path]) -> None:
    from sklearn.linear_model import LogisticRegression

    table = frame(data)
    model = LogisticRegression().fit(table[list(FEATURES)], (table["label"] == "yes").astype(int))
    with pytest.raises(InvalidSpecError, match="the model's classes are 0, 1, those of column 'label' are no, yes"):
        evaluate(bundle(model), data, SETTINGS)


@pytest.mark.parametrize(("shape", "ranked"), [("ovr", True), ("ovo", False)])
def test_decision_values_rank_classes_only_if_they_are_about_classes(
    data: Path, bundle: Callable[..., Path], shape: str, *, ranked: bool
) -> None:
    import pandas as pd
    from sklearn.svm import SVC

    table = frame(data)
    table["label"] = pd.cut(table["x"], [-9, -0.5, 0.5, 9], labels=["low", "middle", "high"]).astype(str)
    table.to_csv(data / "rows.csv", index=False)
    model = SVC(decision_function_shape=shape).fit(table[list(FEATURES)], table["label"])
    metrics = evaluate(bundle(model), data, {**SETTINGS, "positive": None})["metrics"]
    assert ("auc" in metrics) is ranked
    assert "log_loss" not in metrics


def test_a_champion_that_cannot_be_measured_is_named(data: Path, bundle: Callable[..., Path]) -> None:
    table = frame(data).rename(columns={"z": "gone"})
    from sklearn.linear_model import LogisticRegression

    champion = bundle(LogisticRegression().fit(table[["x", "gone"]], table["label"]), "champion")
    with pytest.raises(InvalidSpecError, match=r"the champion cannot be measured on these rows: .*: gone"):
        evaluate(bundle(logistic(data)), data, SETTINGS, champion=champion)


def test_a_pickle_needs_trust(data: Path, tmp_path: Path) -> None:
    import joblib

    folder = tmp_path / "pickled"
    (folder / "model").mkdir(parents=True)
    joblib.dump(logistic(data), folder / "model" / "model.joblib")
    with pytest.raises(InvalidSpecError, match="trust: pickle"):
        evaluate(folder, data, SETTINGS)
    (folder / "signature.json").write_text(json.dumps({"trust": "pickle"}))
    assert evaluate(folder, data, SETTINGS)["metrics"]["accuracy"]["value"] > 0.9


def test_the_job_writes_report_and_page_and_tells_an_error_in_a_sentence(
    data: Path, bundle: Callable[..., Path], tmp_path: Path
) -> None:
    parameters, out = tmp_path / "parameters.json", tmp_path / "out"
    out.mkdir()
    environ = {
        **os.environ,
        "MLOPS_INPUT_MODEL": str(bundle(logistic(data))),
        "MLOPS_INPUT_DATA": str(data),
        "MLOPS_PARAMETERS": str(parameters),
        "MLOPS_OUTPUT_DIR": str(out),
    }

    def run(settings: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        parameters.write_text(json.dumps({"settings": json.dumps(settings)}))
        command = [sys.executable, "-m", "mlops_cloud.analysis.evaluate"]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)

    done = run(SETTINGS)
    assert done.returncode == 0, done.stderr
    assert "[metric] accuracy=" in done.stdout
    assert json.loads((out / "report.json").read_text())["schema"] == 1
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")
    wrong = run({**SETTINGS, "positive": "maybe"})
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr
    assert "positive: 'maybe' is no class" in wrong.stderr
