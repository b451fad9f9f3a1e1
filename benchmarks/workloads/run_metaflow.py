"""Metaflow on its local datastore, one process a step; CSV and folder in BENCHMARK_CSV and BENCHMARK_FOLDER."""

from __future__ import annotations

import os

import lifecycle
from metaflow import FlowSpec, step


class FiveSteps(FlowSpec):
    """The whole lifecycle."""

    @step
    def start(self) -> None:
        """Read the CSV."""
        self.table = lifecycle.load(os.environ["BENCHMARK_CSV"])
        self.next(self.split)

    @step
    def split(self) -> None:
        """Divide the rows."""
        self.train_rows, self.test_rows = lifecycle.split(self.table)
        self.next(self.train)

    @step
    def train(self) -> None:
        """Fit the model."""
        self.model = lifecycle.train(self.train_rows)
        self.next(self.evaluate)

    @step
    def evaluate(self) -> None:
        """Measure it."""
        self.accuracy = lifecycle.evaluate(self.model, self.test_rows)
        self.next(self.end)

    @step
    def end(self) -> None:
        """Keep it."""
        lifecycle.register(self.model, self.accuracy, os.environ["BENCHMARK_FOLDER"])


if __name__ == "__main__":
    FiveSteps()
