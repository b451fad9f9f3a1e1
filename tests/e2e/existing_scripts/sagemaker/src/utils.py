import math


def sigmoid(z):
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def standardise(rows):
    n = len(rows)
    mean = [sum(column) / n for column in zip(*rows)]
    std = [(sum((v - m) ** 2 for v in column) / n) ** 0.5 or 1.0 for column, m in zip(zip(*rows), mean)]
    return [[(v - m) / s for v, m, s in zip(row, mean, std)] for row in rows], mean, std
