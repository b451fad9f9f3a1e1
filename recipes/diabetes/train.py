"""Train a ridge regression on the measurements; by hand: `python train.py --alpha 1.0` beside a CSV of them."""

import argparse
import os
from pathlib import Path

import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_runtime import log_metric, save_model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float, default=1.0, help="strength of the regularisation")
    options = parser.parse_args()
    table = pd.read_csv(next(Path(os.environ.get("MLOPS_INPUT_TRAIN", ".")).glob("*.csv")))
    x, y = table.drop(columns="progression"), table["progression"]
    model = make_pipeline(StandardScaler(), Ridge(alpha=options.alpha)).fit(x, y)
    log_metric("train_r2", float(model.score(x, y)))
    save_model(model)


if __name__ == "__main__":
    main()
