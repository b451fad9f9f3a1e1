def scaled(rows):
    top = max(row[0] for row in rows)
    return [[row[0] / top, *row[1:]] for row in rows]
