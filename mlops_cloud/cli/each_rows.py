"""The rows of `run --each`: every one is read and found right before the first is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_cloud.errors import InvalidSpecError, RecipeError
from mlops_cloud.recipes.problems import Problem
from mlops_cloud.safety.names import shown
from mlops_cloud.safety.yaml_scalars import Scalar, plain_scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.cli.options import Common
    from mlops_cloud.cli.recipe_options import Chosen
    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.recipes.problems import Path as Place

_SHOWN = 40  # characters of one value


class Row(NamedTuple):
    """One row of the file."""

    file: str
    line: int
    values: Mapping[str, Scalar]
    """Var -> value, typed as unquoted YAML is."""

    @property
    def place(self) -> str:
        """file:line."""
        return f"{self.file}:{self.line}:"

    def text(self) -> str:
        """The values in short: `seed=3, depth=4`."""
        return ", ".join(f"{name}={_short(value)}" for name, value in self.values.items())


class RowLayer(NamedTuple):
    """A row as a layer of vars."""

    row: Row

    @property
    def data(self) -> dict[str, Any]:
        """The values."""
        return dict(self.row.values)

    def problem(self, path: Place, message: str, *, key: bool) -> Problem:
        """Name the file's first line for a column, else the row's."""
        line = 1 if key else self.row.line
        return Problem(line, 0, f"{self.row.file}:{line}: {path[0]}: {message}")


def load_rows(common: Common, chosen: Chosen, path: Path) -> list[tuple[Row, Recipe]]:
    """Each row with its recipe; RecipeError or InvalidSpecError holds what is wrong with any of them."""
    rows = list(_rows(path))
    _check_columns(chosen, rows[0])
    found: list[tuple[Row, Recipe]] = []
    problems: dict[str, None] = {}
    for row in rows:
        try:
            found.append((row, chosen.load(common, variables=(RowLayer(row),))))
        except RecipeError as exc:
            problems |= dict.fromkeys(exc.problems)
    if problems:
        raise RecipeError(list(problems))
    return found


def _rows(path: Path) -> Iterator[Row]:
    from mlops_cloud.analysis.tables import Options, open_table

    table = open_table(path, Options(format="csv"))
    seen: dict[str, int] = {}
    for batch in table.batches():
        for line, cells in zip(batch.lines, batch.rows, strict=True):
            row = Row(str(path), line, _values(f"{path}:{line}", table.names, cells))
            before = seen.setdefault(repr(row.values), line)
            if before != line:
                raise InvalidSpecError(
                    f"{path}:{line}: the same values as in line {before}", fix="remove one of the two"
                )
            yield row
    if not seen:
        raise InvalidSpecError(f"{path}:1: the file has a header and no rows", fix="add a row for each run")


def _values(place: str, names: Sequence[str], cells: Sequence[str]) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            values[name] = plain_scalar(cell)
        except ValueError as exc:
            raise InvalidSpecError(f"{place}: {name}: {exc}") from exc
        if values[name] is None:
            raise InvalidSpecError(f"{place}: {name} has no value", fix="write one in every row")
    return values


def _check_columns(chosen: Chosen, row: Row) -> None:
    for place, _ in chosen.sets:
        name = place.removeprefix("vars.")
        if place.startswith("vars.") and name in row.values:
            raise InvalidSpecError(f"--set {place} and a column of {row.file} give the same var", fix="leave one out")


def _short(value: Scalar) -> str:
    return shown(value, _SHOWN).strip("'") if isinstance(value, str) else str(value)
