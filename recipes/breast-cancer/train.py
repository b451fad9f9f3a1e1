"""Train a logistic regression on the measurements; by hand: `python train.py --C 1.0` beside a CSV of them."""

import argparse
import os
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_runtime import log_metric, save_model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--C", type=float, default=1.0, help="inverse of the regularisation's strength")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table = pd.read_csv(next(Path(os.environ.get("MLOPS_INPUT_TRAIN", ".")).glob("*.csv")))
    x, y = table.drop(columns=["size_group", "diagnosis"]), table["diagnosis"]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=options.C, max_iter=1000, random_state=options.seed))
    log_metric("auc", float(cross_val_score(model, x, y, cv=5, scoring="roc_auc").mean()))
    model.fit(x, y)
    save_model(model)


if __name__ == "__main__":
    main()
