"""ZenML on its local stack; with `fresh` nothing is taken from the cache: CSV FOLDER [fresh]."""
# No `from __future__ import annotations`: ZenML reads the annotations of a step.

import sys
from typing import Annotated

import lifecycle
import pandas as pd  # noqa: TID253 - ZenML wants the types of what steps hand over
from sklearn.pipeline import Pipeline  # noqa: TID253
from zenml import pipeline, step


@step
def load(csv: str) -> pd.DataFrame:
    """Read the CSV."""
    return lifecycle.load(csv)


@step
def split(table: pd.DataFrame) -> tuple[Annotated[pd.DataFrame, "train_rows"], Annotated[pd.DataFrame, "test_rows"]]:
    """Divide the rows."""
    train_rows, test_rows = lifecycle.split(table)
    return train_rows, test_rows  # ZenML looks for a tuple in the return statement


@step
def train(rows: pd.DataFrame) -> Pipeline:
    """Fit the model."""
    return lifecycle.train(rows)


@step
def evaluate(model: Pipeline, rows: pd.DataFrame) -> float:
    """Measure it."""
    return lifecycle.evaluate(model, rows)


@step
def register(model: Pipeline, accuracy: float, folder: str) -> str:
    """Keep it."""
    return lifecycle.register(model, accuracy, folder)


@pipeline
def five_steps(csv: str, folder: str) -> None:
    """The whole lifecycle."""
    train_rows, test_rows = split(load(csv))
    model = train(train_rows)
    register(model, evaluate(model, test_rows), folder)


if __name__ == "__main__":
    five_steps.with_options(enable_cache="fresh" not in sys.argv)(*sys.argv[1:3])
