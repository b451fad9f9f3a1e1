"""Kedro: its sequential runner with every dataset pickled to disk: CSV FOLDER."""

from __future__ import annotations

import sys

import lifecycle
from kedro.io import DataCatalog
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner
from kedro_datasets.pickle import PickleDataset

if __name__ == "__main__":
    csv, folder = sys.argv[1:]
    steps = pipeline(
        [
            node(lambda: lifecycle.load(csv), None, "table", name="load"),
            node(lifecycle.split, "table", ["train_rows", "test_rows"], name="split"),
            node(lifecycle.train, "train_rows", "model", name="train"),
            node(lifecycle.evaluate, ["model", "test_rows"], "accuracy", name="evaluate"),
            node(
                lambda model, accuracy: lifecycle.register(model, accuracy, folder),
                ["model", "accuracy"],
                "registered",
                name="register",
            ),
        ]
    )
    names = ("table", "train_rows", "test_rows", "model", "accuracy", "registered")
    catalog = DataCatalog({name: PickleDataset(filepath=f"{folder}/data/{name}.pkl") for name in names})
    SequentialRunner().run(steps, catalog)
