"""The few rows of a dataset that a rehearsal uses, and what can be expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.sampling import Sample, sample

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.analysis.tables import Table
    from mlops_cloud.specs.dataset import Dataset

_NOT_OF_A_SAMPLE = ("max_age",)  # the newest row may not be in it


def drawn(spec: Dataset, table: Table, folder: Path, rows: int) -> Sample:
    """At most `rows` rows by the split's seed; where the split is stratified, every class keeps a row for each part."""
    if spec.split is None:
        return sample(table, folder, rows, format=spec.format)
    column = (spec.split.column or spec.target) if spec.split.method == "stratified" else ""
    each = max(2, len(spec.split.shares))
    return sample(table, folder, rows, seed=spec.split.seed, column=column, each=each, format=spec.format)


def expected_of(expect: dict[str, Any]) -> dict[str, Any]:
    """The expectations that some of the rows must meet too: not how many there are, nor how old the newest is."""
    columns = expect.get("columns", {})
    return {
        "columns": {
            name: {check: limit for check, limit in wanted.items() if check not in _NOT_OF_A_SAMPLE}
            for name, wanted in columns.items()
        }
    }
