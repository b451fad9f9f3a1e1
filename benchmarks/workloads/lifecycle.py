"""The five functions that every contestant runs: load, split, train, evaluate, register."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame
    from sklearn.pipeline import Pipeline

TARGET = "diagnosis"


def load(csv: str) -> DataFrame:
    """The table of 569 tumours."""
    import pandas as pd

    return pd.read_csv(csv)


def split(table: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Four fifths and one fifth, shuffled by seed 0: the rows that a dataset step with `seed: 0` chooses."""
    random = Random(0)
    order = sorted(range(len(table)), key=[random.random() for _ in range(len(table))].__getitem__)
    count = round(0.8 * len(table))
    return table.iloc[sorted(order[:count])], table.iloc[sorted(order[count:])]


def train(rows: DataFrame) -> Pipeline:
    """A scaled logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return model.fit(rows.drop(columns=TARGET), rows[TARGET])


def evaluate(model: Pipeline, rows: DataFrame) -> float:
    """The accuracy."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(rows[TARGET], model.predict(rows.drop(columns=TARGET))))


def register(model: Pipeline, accuracy: float, folder: str) -> str:
    """The folder that holds the model and its metric: the whole registry of tools that have none."""
    import joblib

    Path(folder).mkdir(parents=True, exist_ok=True)
    joblib.dump(model, Path(folder, "model.joblib"))
    Path(folder, "metrics.json").write_text(json.dumps({"accuracy": accuracy}))
    return folder
