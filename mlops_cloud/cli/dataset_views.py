"""Dataset versions as rows and in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.cli.quantities import when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.results.data import DatasetVersion

_PARTS = ("train", "validation", "test")


def name(version: DatasetVersion) -> str:
    """`name:1a2b3c`."""
    return f"{version.name}:{version.version}"


def splits(rows: Mapping[str, int]) -> str:
    """`train 80, test 20`: in the order in which they are used."""
    ordered = [*(part for part in _PARTS if part in rows), *(part for part in rows if part not in _PARTS)]
    return ", ".join(f"{part} {rows[part]}" for part in ordered)


COLUMNS: Mapping[str, Callable[[DatasetVersion], object]] = {
    "dataset": name,
    "rows": lambda version: version.rows,
    "columns": lambda version: len(version.columns),
    "splits": lambda version: splits(version.splits),
    "created (UTC)": lambda version: when(version.created),
}


def lines(version: DatasetVersion) -> dict[str, object]:
    """Everything a person wants to know of one version."""
    columns = [f"{c.name}  {c.type}{'  may be empty' if c.nullable else ''}" for c in version.columns]
    return {
        "dataset": name(version),
        "reference": version.reference(),
        "rows": version.rows,
        "target": version.target,
        "splits": splits(version.splits),
        "created (UTC)": when(version.created),
        "digest": version.digest,
        "address": version.uri,
        "files": "\n".join(["", *(f"{file.path}  {file.size} bytes" for file in version.files)]),
        "columns": "\n".join(["", *columns]),
    }
