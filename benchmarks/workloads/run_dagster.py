"""Dagster: a job in this process on a persistent instance with its event log in SQLite: CSV FOLDER."""
# ruff: noqa: ANN001, ANN201 - Dagster takes annotations for types to check at run time

import os
import sys
from pathlib import Path

import lifecycle
from dagster import DagsterInstance, Out, job, op


@op
def load():
    """Read the CSV."""
    return lifecycle.load(os.environ["BENCHMARK_CSV"])


@op(out={"train_rows": Out(), "test_rows": Out()})
def split(table):
    """Divide the rows."""
    return lifecycle.split(table)


@op
def train(rows):
    """Fit the model."""
    return lifecycle.train(rows)


@op
def evaluate(model, rows):
    """Measure it."""
    return lifecycle.evaluate(model, rows)


@op
def register(model, accuracy):
    """Keep it."""
    return lifecycle.register(model, accuracy, os.environ["BENCHMARK_FOLDER"])


@job
def five_steps():
    """The whole lifecycle."""
    train_rows, test_rows = split(load())
    model = train(train_rows)
    register(model, evaluate(model, test_rows))


if __name__ == "__main__":
    os.environ["BENCHMARK_CSV"], os.environ["BENCHMARK_FOLDER"] = sys.argv[1:]
    home = Path(sys.argv[2], "instance")
    home.mkdir(exist_ok=True)
    with DagsterInstance.local_temp(str(home)) as instance:
        five_steps.execute_in_process(instance=instance)
