"""The model: a nearest-mean classifier."""


def fit(rows):
    sums = {}
    for *features, label in rows:
        count, total = sums.get(label, (0, [0.0] * len(features)))
        sums[label] = (count + 1, [a + float(b) for a, b in zip(total, features)])
    return {label: [value / count for value in total] for label, (count, total) in sums.items()}


def predict(means, features):
    return min(means, key=lambda label: sum((a - float(b)) ** 2 for a, b in zip(means[label], features)))
