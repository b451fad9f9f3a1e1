"""A recipe that was read and found right: its steps, their order, and what binds them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.recipes.binding import bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.client import Client
    from mlops_cloud.recipes.layers import Layer, Layers
    from mlops_cloud.recipes.plan import Plan
    from mlops_cloud.recipes.references import Reference
    from mlops_cloud.recipes.run import RunResult
    from mlops_cloud.specs.base import Spec


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its spec's fields, with vars in place and references to other steps still open."""

    name: str
    kind: str
    fields: dict[str, Any]
    """As written, after defaults, target and flags; `name` is always there."""
    after: tuple[str, ...]
    when: bool
    references: tuple[Reference, ...]
    needs: tuple[str, ...]
    """The steps whose results it takes and those it comes after, in the recipe's order, without skipped ones."""
    skipped: str
    """Why it is skipped; empty when it runs."""
    spec_class: type[Spec] = field(repr=False)
    layers: Layers = field(repr=False, compare=False)
    """Where each field came from, for messages."""
    spec: Spec | None = field(default=None, repr=False, compare=False)
    """The spec of a step without references, or whose references may stand as texts."""

    @property
    def enabled(self) -> bool:
        """Whether it runs."""
        return not self.skipped

    def bind(self, outputs: Mapping[str, Mapping[str, object]]) -> Spec:
        """The spec with every reference replaced by the value other steps made; RecipeError."""
        if self.spec is not None and not self.references:
            return self.spec
        return bound(self, outputs)


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever loads a recipe changes in it; the later of these wins."""

    target: str | None = None
    vars_files: tuple[Path, ...] = ()
    variables: tuple[Layer, ...] = ()
    """Values of vars."""
    sets: tuple[tuple[str, str], ...] = ()
    """(place, text) as in `--set vars.seed=3`."""
    environ: Mapping[str, str] | None = None
    """Where vars from the environment come from; None for this process's own."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe, ready to be planned and run."""

    name: str
    description: str
    requires: str
    path: Path
    folder: Path
    """Absolute; scripts and files are relative to it."""
    digest: str
    """sha256 of the file, hex."""
    vars: dict[str, Any]
    target: str
    profile: str
    """The profile that the target asks for, or empty."""
    steps: dict[str, Step]
    graph: dict[str, frozenset[str]]
    """Step -> the steps that must have ended before it."""
    order: tuple[str, ...]
    """Every step after all it needs; else as in the file."""
    given: Given = field(default_factory=Given, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        target: str | None = None,
        vars_files: Sequence[str | Path] = (),
        variables: Mapping[str, object] | None = None,
        sets: Sequence[tuple[str, str]] = (),
        environ: Mapping[str, str] | None = None,
    ) -> Recipe:
        """Read and check a recipe; RecipeError holds every problem with its line and column.

        Vars files, `variables` and `sets` (as in `--set vars.seed=3`) change it, each over those before.
        """
        from mlops_cloud.recipes.loader import load

        files = tuple(map(Path, vars_files))
        return load(Path(path), Given(target, files, _given(variables), tuple(sets), environ))

    def run(
        self,
        cloud: Client,
        *,
        vars: Mapping[str, object] | None = None,  # noqa: A002 - the recipe's own word
        sample: int = 0,
        parallel: int = 0,
    ) -> RunResult:
        """Run it, with other vars if given; `raise_for_errors()` of the result raises the first step's error.

        With `sample` it is a rehearsal on at most so many rows of every dataset, apart from everything real: see
        `cloud.rehearsal(sample)`. `parallel` is how many steps may run side by side; 0 is the number of processors.
        """
        from mlops_cloud.recipes.run import run_recipe
        from mlops_cloud.services.rehearsal import for_rows

        recipe = self._with(vars)
        with for_rows(cloud.session, sample) as session:
            return run_recipe(session, recipe, parallel=parallel)

    def plan(self, cloud: Client, *, vars: Mapping[str, object] | None = None, sample: int = 0) -> Plan:  # noqa: A002 - the recipe's own word
        """What a run would do, and why; nothing is written."""
        from mlops_cloud.recipes.plan import plan
        from mlops_cloud.services.rehearsal import for_rows

        recipe = self._with(vars)
        with for_rows(replace(cloud.session, read_only=True), sample) as session:
            return plan(session, recipe)

    def _with(self, variables: Mapping[str, object] | None) -> Recipe:
        from mlops_cloud.recipes.loader import load

        given = _given(variables)
        return load(self.path, replace(self.given, variables=(*self.given.variables, *given))) if given else self


def _given(variables: Mapping[str, object] | None) -> tuple[Layer, ...]:
    from mlops_cloud.recipes.layers import FlagLayer

    return (FlagLayer("the given", ("vars",), dict(variables)),) if variables else ()
