"""Digests of rows: a changed bit is found when the row is read, which SQLite's own check finds only in part."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, TypeAlias

from mlops_cloud.errors import CorruptStateError, InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Value: TypeAlias = "int | float | str | bytes | None"

DIGEST_COLUMN = "digest"


def row_digest(table: str, values: Mapping[str, Value]) -> str:
    """Give the sha256 of a row, in any order of its columns; NULLs do not count, so that a column can be added."""
    digest = hashlib.sha256(table.encode())
    for column in sorted(values):
        value = values[column]
        if value is not None and column != DIGEST_COLUMN:
            kind, content = _content(value)
            digest.update(f"\0{column}\0{kind}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def check_row(path: Path, table: str, key: str, values: Mapping[str, Value]) -> None:
    """Compare a row with its own digest; CorruptStateError names the table, and the value of the column `key`."""
    if row_digest(table, values) != values.get(DIGEST_COLUMN):
        raise CorruptStateError(
            f"the row {values.get(key)!r} of the table {table!r} in {path} is not what was written",
            why="its sha256 differs",
            fix="restore the file from a backup (*.bak beside it), or remove that row",
        )


def _content(value: int | float | str | bytes) -> tuple[str, bytes]:
    if isinstance(value, bytes):
        return "bytes", value
    if isinstance(value, str):
        return "text", value.encode("utf-8", "surrogatepass")
    if math.isnan(value):
        raise InvalidSpecError("a row cannot hold NaN", fix="leave the value out")
    # A column of REAL gives 1.0 back for 1, and one of INTEGER 1 for 1.0 or True.
    whole = isinstance(value, int) or value.is_integer()
    return "number", repr(int(value) if whole else value).encode()
