"""Datasets: an immutable version of a table, its splits and what is expected of it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mlops_cloud.specs.base import Name, Port, Scalar, Source, Spec
from mlops_cloud.specs.quantities import Duration, Fraction

ColumnType = Literal["integer", "number", "boolean", "text", "timestamp"]
_SHARE_TOLERANCE = 1e-9


class Split(Spec):
    """How the rows are divided: every row in exactly one part, the same rows everywhere."""

    method: Literal["random", "stratified", "time", "group"] = Field(
        default="random",
        description="random; stratified keeps a column's shares; time puts the newest rows last; group.",
    )
    seed: int = Field(default=0, ge=0, le=2**63 - 1, description="Another seed gives another division.")
    column: str = Field(default="", description="Column of stratified (default: the target), time or group.")
    train: Fraction = Field(default=0.0, description="Share of the rows for training.")
    validation: Fraction = Field(default=0.0, description="Share of the rows for choosing parameters.")
    test: Fraction = Field(default=0.0, description="Share of the rows for the final evaluation.")
    parts: dict[Port, Fraction] = Field(default={}, description="Further parts by name, e.g. {calibration: 0.1}.")

    @property
    def shares(self) -> dict[str, float]:
        """Part -> share of the rows, in order."""
        named = {name: getattr(self, name) for name in ("train", "validation", "test")}
        return {name: share for name, share in (named | self.parts).items() if share > 0}

    @model_validator(mode="after")
    def _shares_are_whole(self) -> Self:
        total = sum(self.shares.values())
        if abs(total - 1) > _SHARE_TOLERANCE:
            message = f"the shares add up to {total:g}, not to 1"
            raise ValueError(message)
        if self.method in ("time", "group") and not self.column:
            message = f"split by {self.method} needs column:"
            raise ValueError(message)
        return self


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as exc:
        message = f"not a regular expression: {exc}"
        raise ValueError(message) from exc
    return pattern


class ColumnExpectation(Spec):
    """What every cell of one column must satisfy."""

    type: ColumnType | None = Field(default=None, description="Type of the column.")
    not_null: bool = Field(default=False, description="No empty cell.")
    unique: bool = Field(default=False, description="No value twice.")
    min: float | str | None = Field(default=None, description="Smallest value (a number or an ISO 8601 time).")
    max: float | str | None = Field(default=None, description="Largest value (a number or an ISO 8601 time).")
    one_of: tuple[Scalar, ...] | None = Field(default=None, description="The only values allowed.")
    pattern: Annotated[str, BeforeValidator(_compiled), Field(max_length=1000)] | None = Field(
        default=None, description="Regular expression that the whole cell matches."
    )
    max_age: Duration | None = Field(default=None, description="The newest value is at most this old, e.g. 2d.")


class RowsExpectation(Spec):
    """How many rows there must be."""

    min: int = Field(default=1, ge=0, description="Fewest rows (count).")
    max: int | None = Field(default=None, ge=0, description="Most rows (count).")


class Expectations(Spec):
    """What must hold before a version is made."""

    rows: RowsExpectation = Field(default=RowsExpectation(), description="Limits of the number of rows.")
    columns: dict[str, ColumnExpectation] = Field(default={}, description="Column -> what its cells satisfy.")


class Dataset(Spec):
    """A table that becomes an immutable, content-addressed version."""

    name: Name = Field(description="The dataset's name; a recipe's own name when absent there.")
    source: Source = Field(description="A CSV or Parquet file: a path, or an output of another step.")
    format: Literal["", "csv", "parquet"] = Field(default="", description="By the file's ending when empty.")
    delimiter: str = Field(default="", max_length=1, description="CSV delimiter; found out when empty.")
    target: str = Field(default="", description="The column to predict.")
    split: Split | None = Field(default=None, description="How the rows are divided.")
    expect: Expectations = Field(default=Expectations(), description="What must hold, else nothing is made.")
