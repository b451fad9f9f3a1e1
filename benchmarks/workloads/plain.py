"""The five steps as a plain script without any tool: CSV FOLDER."""

from __future__ import annotations

import sys

import lifecycle

if __name__ == "__main__":
    csv, folder = sys.argv[1:]
    train_rows, test_rows = lifecycle.split(lifecycle.load(csv))
    model = lifecycle.train(train_rows)
    lifecycle.register(model, lifecycle.evaluate(model, test_rows), folder)
