"""Predict a table larger than memory as a script would: read, predict and append, chunk after chunk."""

import json
from collections import Counter


def predict(table: str, target: str) -> dict[str, int]:
    """How often each class was predicted."""
    import pandas as pd
    from skops.io import load

    model = load("model/model.skops")
    counts: Counter[str] = Counter()
    for number, chunk in enumerate(pd.read_csv(table, chunksize=100_000)):
        predictions = pd.Series(model.predict(chunk), name="prediction")
        predictions.to_csv(target, mode="a" if number else "w", header=not number, index=False)
        counts.update(predictions)
    return dict(sorted(counts.items()))


print(json.dumps(predict("rows.csv", "predictions.csv")))
