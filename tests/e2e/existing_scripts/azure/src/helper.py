def stump(rows, target):
    column = next(name for name in rows[0] if name != target)
    groups = {label: [float(r[column]) for r in rows if r[target] == label] for label in ("0", "1")}
    low, high = (sum(values) / len(values) for values in groups.values())
    return {"column": column, "threshold": (low + high) / 2}
