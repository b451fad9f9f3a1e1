"""From the parts to the one file of predictions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mlops_cloud.analysis.prediction_lines import PREDICTION, header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.analysis.cells import ColumnType

_PIECE = 1 << 20
_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}


def write_output(
    parts: Sequence[Path], names: Sequence[str], carried: Mapping[str, str], kind: ColumnType | None, target: Path
) -> None:
    """Every row, in CSV behind one header; `carried` and `kind` are the types that Parquet gets."""
    if target.suffix == ".csv":
        _write_csv(parts, names, target)
        return
    from mlops_cloud.analysis.parquet_table import write_parquet

    own = {PREDICTION: _TYPES.get(kind or "text", "VARCHAR")}
    write_parquet(parts, {name: {**carried, **own}.get(name, "DOUBLE") for name in names}, target)


def _write_csv(parts: Sequence[Path], names: Sequence[str], target: Path) -> None:
    with target.open("wb") as file:
        file.write(header(names).encode())
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, file, _PIECE)
