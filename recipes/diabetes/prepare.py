"""Write the diabetes table, as scikit-learn ships it, to diabetes.csv, in the units of the measurements."""

import csv
import os
from pathlib import Path

from sklearn.datasets import load_diabetes

WHOLE = ("age", "sex")


def main() -> None:
    diabetes = load_diabetes(scaled=False)
    names = list(diabetes.feature_names)
    target = Path(os.environ.get("MLOPS_OUTPUT_DIR", ".")) / "diabetes.csv"
    with target.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([*names, "progression"])
        for row, progression in zip(diabetes.data, diabetes.target, strict=True):
            table.writerow(
                [*(int(v) if n in WHOLE else round(v, 4) for n, v in zip(names, row, strict=True)), progression]
            )
    print(f"{len(diabetes.data)} patients written to {target.name}")


if __name__ == "__main__":
    main()
