"""Find out which character separates the fields of a CSV file."""

from __future__ import annotations

import csv
import io

DELIMITERS = ",;\t|"
_RECORDS = 50


def sniff_delimiter(sample: str) -> str:
    """The candidate that gives every record of the sample the same number of fields, and most of them."""
    lines = list(io.StringIO(sample, newline=""))
    return max(DELIMITERS, key=lambda delimiter: _evidence(lines, delimiter))


def _evidence(lines: list[str], delimiter: str) -> tuple[bool, int]:
    counts = []
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                counts.append(len(row))
            if len(counts) == _RECORDS:
                break
    except csv.Error:
        return False, 0
    if len(counts) > 1 and len(counts) < _RECORDS:
        counts.pop()  # the sample may have cut it
    if not counts or counts[0] == 1:
        return False, 0
    return len(set(counts)) == 1, counts[0]
