"""Write a table of so many rows with eight columns of numbers, and a logistic regression that was fitted on some."""

import sys
from pathlib import Path

COLUMNS = [f"x{place}" for place in range(8)]


def write_table(path: Path, rows: int) -> None:
    """Numbers from -2 to 2 with six digits; the same every time."""
    import duckdb

    cells = (f"round(hash(i * 8 + {place}) % 4000000 / 1e6 - 2, 6) AS {name}" for place, name in enumerate(COLUMNS))
    query = f"SELECT {', '.join(cells)} FROM range({rows}) t(i)"  # noqa: S608 - our own names
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")


def write_model(table: Path, folder: Path) -> None:
    """A model that answers yes and no."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from skops.io import dump

    sample = pd.read_csv(table, nrows=20_000)
    answers = np.where(sample["x0"] + sample["x1"] * sample["x2"] > 0, "yes", "no")
    folder.mkdir()
    dump(LogisticRegression().fit(sample, answers), folder / "model.skops")


if __name__ == "__main__":
    place, count = Path(sys.argv[1]), int(sys.argv[2])
    write_table(place / "rows.csv", count)
    write_model(place / "rows.csv", place / "model")
