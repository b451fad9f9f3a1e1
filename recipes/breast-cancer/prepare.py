"""Write the Wisconsin breast cancer table, as scikit-learn ships it, to cancer.csv."""

import csv
import os
from pathlib import Path

from sklearn.datasets import load_breast_cancer

SMALL, LARGE = 12.0, 15.0  # mean radius, in the table's own unit


def size_group(radius: float) -> str:
    if radius < SMALL:
        return "small"
    return "medium" if radius < LARGE else "large"


def main() -> None:
    cancer = load_breast_cancer()
    names = [name.replace(" ", "_") for name in cancer.feature_names]
    target = Path(os.environ.get("MLOPS_OUTPUT_DIR", ".")) / "cancer.csv"
    with target.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([*names, "size_group", "diagnosis"])
        for row, label in zip(cancer.data, cancer.target, strict=True):
            table.writerow([*row, size_group(row[0]), cancer.target_names[label]])
    print(f"{len(cancer.data)} tumours written to {target.name}")


if __name__ == "__main__":
    main()
