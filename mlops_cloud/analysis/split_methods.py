"""Which part each row belongs to, by the four methods."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_cloud.analysis.cells import is_missing, number, timestamp
from mlops_cloud.analysis.tables import require_column
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from fractions import Fraction

    from mlops_cloud.analysis.tables import Table

_T = TypeVar("_T")
_MANY = 20
"""More different numbers than this are no classes."""
_BANDS = 10


def assign(table: Table, shares: Mapping[str, Fraction], method: str, seed: int, column: str) -> bytes:
    """For every row the index of its part; InvalidSpecError when the column is missing or cannot serve."""
    if method == "random":
        return _random(_count(table), list(shares.values()), seed)
    if not column:
        raise InvalidSpecError(f"a split by {method} needs a column", fix="name it: split: {column: …}")
    cells = _column(table, column, f"split by {method}")
    if method == "stratified":
        return _stratified(cells, list(shares.values()), seed)
    if method == "time":
        return _by_time(_times(table, column, cells), shares)
    if method == "group":
        return _grouped(_groups(table, column, cells), list(shares.values()), seed)
    raise InvalidSpecError(f"no split method is named {method!r}", fix="use random, stratified, time or group")


def _random(rows: int, shares: Sequence[Fraction], seed: int) -> bytes:
    return _laid_out(_shuffled(range(rows), _source(seed)), _counts(rows, shares))


def _stratified(cells: Sequence[Any], shares: Sequence[Fraction], seed: int) -> bytes:
    """Every class by its own shares; what rounding owes a part is paid in later classes."""
    random = _source(seed)
    assignment = bytearray(len(cells))
    owed = [share - share for share in shares]
    for rows in _classes(cells):
        exact = [share * len(rows) for share in shares]
        counts = [int(count) for count in exact]
        owed = [debt + count - given for debt, count, given in zip(owed, exact, counts, strict=True)]
        fractional = [part for part, count in enumerate(exact) if count.denominator > 1]
        for part in sorted(fractional, key=lambda part: -owed[part])[: len(rows) - sum(counts)]:
            counts[part] += 1
            owed[part] -= 1
        for row, part in zip(_shuffled(rows, random), _repeated(counts), strict=True):
            assignment[row] = part
    return bytes(assignment)


def _by_time(times: Sequence[float], shares: Mapping[str, Fraction]) -> bytes:
    ages = {"train": 0, "test": 2}
    order = sorted(range(len(shares)), key=lambda part: ages.get(list(shares)[part], 1))
    counts = _counts(len(times), list(shares.values()))
    assignment = bytearray(len(times))
    parts = (part for part in order for _ in range(counts[part]))
    for row, part in zip(sorted(range(len(times)), key=times.__getitem__), parts, strict=True):
        assignment[row] = part
    return bytes(assignment)


def _grouped(groups: Sequence[str], shares: Sequence[Fraction], seed: int) -> bytes:
    """Each group, in seeded order, goes to the part that lacks most rows."""
    sizes = Counter(groups)
    lacking = [share * len(groups) for share in shares]
    place: dict[str, int] = {}
    for group in sorted(sizes, key=lambda group: _keyed(group, seed)):
        part = max(range(len(lacking)), key=lacking.__getitem__)
        place[group] = part
        lacking[part] -= sizes[group]
    return bytes(place[group] for group in groups)


def _keyed(group: str, seed: int) -> tuple[bytes, str]:
    # By its own name, so that a group keeps its rank when others come or go.
    return blake2b(group.encode("utf-8", "surrogatepass"), key=str(seed).encode(), digest_size=8).digest(), group


def _source(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same order everywhere is wanted, not secrecy


def _shuffled(rows: Iterable[int], random: Random) -> list[int]:
    keyed = [(random.random(), row) for row in rows]
    keyed.sort()
    return [row for _, row in keyed]


def _counts(rows: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole numbers that add up to `rows`, each within one of its share: the largest remainders are rounded up."""
    exact = [share * rows for share in shares]
    counts = [int(count) for count in exact]
    by_remainder = sorted(range(len(exact)), key=lambda part: counts[part] - exact[part])
    for part in by_remainder[: rows - sum(counts)]:
        counts[part] += 1
    return counts


def _laid_out(order: Sequence[int], counts: Sequence[int]) -> bytes:
    assignment = bytearray(len(order))
    for row, part in zip(order, _repeated(counts), strict=True):
        assignment[row] = part
    return bytes(assignment)


def _repeated(counts: Sequence[int]) -> Iterable[int]:
    return (part for part, count in enumerate(counts) for _ in range(count))


def _classes(cells: Sequence[Any]) -> list[list[int]]:
    """Rows by class, classes in order; many different numbers make bands of equal size."""
    if len(set(map(str, cells))) > _MANY:
        numbers = [number(cell) for cell in cells]
        if all(value is not None for value, cell in zip(numbers, cells, strict=True) if not is_missing(cell)):
            cells = _bands(numbers)
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for row, cell in enumerate(cells):
        rows["" if is_missing(cell) else str(cell)].append(row)
    return [rows[name] for name in sorted(rows, key=str)]


def _bands(numbers: Sequence[float | None]) -> list[int | None]:
    held = sorted(value for value in numbers if value is not None)
    limits = [held[len(held) * band // _BANDS] for band in range(1, _BANDS)]
    return [None if value is None else bisect_right(limits, value) for value in numbers]


def _times(table: Table, column: str, cells: Sequence[Any]) -> list[float]:
    found: list[float | None] = [number(cell) for cell in cells]
    if None in found:
        found = [timestamp(cell) for cell in cells]
    return [_held(time, row, table, column, "time (ISO 8601, or a number)") for row, time in enumerate(found)]


def _groups(table: Table, column: str, cells: Sequence[Any]) -> list[str]:
    named = (None if is_missing(cell) else str(cell) for cell in cells)
    return [_held(name, row, table, column, "group") for row, name in enumerate(named)]


def _held(value: _T | None, row: int, table: Table, column: str, what: str) -> _T:
    if value is not None and value == value:
        return value
    line = next(line for number, line in enumerate(_lines(table)) if number == row)
    raise InvalidSpecError(
        f"{table.path}:{line}: column {column!r} holds no {what}",
        why="the split needs one in every row",
        fix="mend the cell, remove the row, or split by another column",
    )


def _lines(table: Table) -> Iterable[int]:
    return (line for batch in table.batches() for line in batch.lines)


def _count(table: Table) -> int:
    return sum(len(batch.rows) for batch in table.batches())


def _column(table: Table, name: str, wanted_by: str) -> list[Any]:
    index = require_column(table, name, wanted_by)
    return [cell for batch in table.batches() for cell in batch.column(index)]
