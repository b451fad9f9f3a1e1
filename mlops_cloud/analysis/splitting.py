"""Divide the rows of a table: deterministic on every host, every row in exactly one part.

The order comes from `random.Random(seed).random()`, whose sequence Python keeps for ever; nothing depends on numpy.
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlops_cloud.analysis.split_methods import assign
from mlops_cloud.analysis.tables import open_table
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.analysis.tables import Options, Source, Table

Method = Literal["random", "stratified", "time", "group"]
_TOLERANCE = 1e-9
_MOST_PARTS = 255


@dataclass(frozen=True, slots=True)
class SplitResult:
    """One part of a table, in a file of its own."""

    path: Path
    rows: int


def split(
    path: Source,
    target_dir: Path | str,
    shares: Mapping[str, float],
    *,
    method: Method = "random",
    seed: int = 0,
    column: str = "",
    options: Options | None = None,
) -> dict[str, SplitResult]:
    """Write `<target_dir>/<part>/<part>.<csv|parquet>` for every part: all of them, or after an error none.

    stratified keeps the column's shares within one row a value, and reads a column of many numbers as ten equal bands;
    time sorts by the column and gives the oldest rows to `train` and the newest to `test`; group never divides the
    rows that share a value. CSV rows keep their text and order.
    """
    table = open_table(path, options)
    exact = _exact(shares)
    assignment = assign(table, exact, method, seed, column)
    counts = Counter(assignment)
    for part, name in enumerate(exact):
        if not counts[part]:
            raise _empty(table, name, method, len(assignment))
    files = _write(table, Path(target_dir), assignment, list(exact))
    return {name: SplitResult(files[name], counts[part]) for part, name in enumerate(exact)}


def _exact(shares: Mapping[str, float]) -> dict[str, Fraction]:
    """The shares as fractions that add up to exactly 1."""
    if not shares or len(shares) > _MOST_PARTS:
        raise InvalidSpecError(
            f"a split has 1 to {_MOST_PARTS} parts, not {len(shares)}", fix="e.g. train: 0.8, test: 0.2"
        )
    for name, share in shares.items():
        check_name(name, "split")
        if not 0 < share <= 1:
            raise InvalidSpecError(f"the share of split {name!r} is {share:g}", fix="give a share above 0, at most 1")
    total = math.fsum(shares.values())
    if abs(total - 1) > _TOLERANCE:
        shown = " + ".join(f"{share:g}" for share in shares.values())
        raise InvalidSpecError(f"the shares add up to {total:g}, not to 1", why=shown, fix="mend one of the shares")
    fractions = {name: Fraction(str(share)) for name, share in shares.items()}
    return {name: fraction / sum(fractions.values()) for name, fraction in fractions.items()}


def _empty(table: Table, name: str, method: Method, rows: int) -> InvalidSpecError:
    fix = "give it a larger share or more rows"
    if method == "group":
        fix = "give it a larger share, or group by a column with more, smaller groups"
    return InvalidSpecError(f"split {name!r} would have no rows", why=f"{table.path.name} has {rows} rows", fix=fix)


def _write(table: Table, target: Path, assignment: bytes, names: list[str]) -> dict[str, Path]:
    suffix = table.path.suffix or ".csv"
    final = {name: target / name / f"{name}{suffix}" for name in names}
    partial = {name: path.with_name(f".{path.name}.partial") for name, path in final.items()}
    with ExitStack() as undo:
        for path in final.values():
            _make_folder(path.parent, undo)
        for path in partial.values():
            undo.callback(path.unlink, missing_ok=True)
        table.write_parts(assignment, {part: partial[name] for part, name in enumerate(names)})
        for name, path in final.items():
            partial[name].replace(path)
            undo.callback(path.unlink, missing_ok=True)
        undo.pop_all()
    return final


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder with its parents; what was made here goes again when the stack unwinds."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        undo.callback(place.rmdir)
