"""One stage of the DVC pipeline, which hands over by files: STAGE CSV."""

from __future__ import annotations

import sys

import joblib
import lifecycle


def main(stage: str, csv: str) -> None:
    """Run one of the five steps."""
    if stage == "load":
        joblib.dump(lifecycle.load(csv), "table.pkl")
    elif stage == "split":
        joblib.dump(lifecycle.split(joblib.load("table.pkl")), "parts.pkl")
    elif stage == "train":
        joblib.dump(lifecycle.train(joblib.load("parts.pkl")[0]), "model.pkl")
    elif stage == "evaluate":
        joblib.dump(lifecycle.evaluate(joblib.load("model.pkl"), joblib.load("parts.pkl")[1]), "accuracy.pkl")
    else:
        lifecycle.register(joblib.load("model.pkl"), joblib.load("accuracy.pkl"), "registered")


if __name__ == "__main__":
    main(*sys.argv[1:])
