"""The recipe that `validate`, `plan`, `run` and `explain` are given, with what changes it."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.cli.next_commands import NextCommands
    from mlops_cloud.cli.options import Common
    from mlops_cloud.client import Client
    from mlops_cloud.recipes.layers import Layer
    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.recipes.unchanged import Trail
    from mlops_cloud.services.session import Listener


class Chosen(NamedTuple):
    """A recipe file, what the command line changes in it, and on how many rows it is rehearsed."""

    path: str
    target: str | None
    vars_files: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]
    sample: int

    def load(
        self, common: Common, environ: Mapping[str, str] | None = None, variables: tuple[Layer, ...] = ()
    ) -> Recipe:
        """The recipe; RecipeError names every problem by file, line and column."""
        from pathlib import Path

        from mlops_cloud.errors import InvalidSpecError
        from mlops_cloud.recipes.loader import load
        from mlops_cloud.recipes.model import Given

        if not Path(self.path).exists():
            raise InvalidSpecError(
                f"there is no recipe {self.path}", fix="name its file, or begin one with mlops-cloud init FOLDER"
            )
        files = tuple(map(Path, self.vars_files))
        recipe = load(Path(self.path), Given(self.target, files, variables, self.sets, environ))
        if common.profile and recipe.profile and common.profile != recipe.profile:
            raise InvalidSpecError(
                f"target {self.target!r} is for profile {recipe.profile!r}, not for {common.profile!r}",
                fix="leave out --profile, or choose another target",
            )
        return recipe

    def connect(
        self, common: Common, recipe: Recipe, *, read_only: bool = False, listener: Listener | None = None
    ) -> Client:
        """A client of the profile that the flags or the recipe's target name; of a rehearsal with --sample."""
        cloud = common.connect(profile=recipe.profile or None, read_only=read_only, listener=listener)
        return cloud.rehearsal(self.sample) if self.sample else cloud

    def trail(self, common: Common) -> Trail:
        """What the same command left behind when it last made everything."""
        from mlops_cloud.config.home import home
        from mlops_cloud.recipes.unchanged import Trail

        words = [*self, common.profile, common.project]
        return Trail(home(os.environ), words, os.environ)

    def again(self, common: Common, *, each: str = "") -> str:
        """The command line that runs the same once more."""
        from shlex import join

        words = ["mlops-cloud", "run", self.path]
        words += [word for file in self.vars_files for word in ("--vars-file", file)]
        words += [word for name, value in self.sets for word in ("--set", f"{name}={value}")]
        options = {"sample": self.sample, "each": each, "target": self.target}
        return join(words) + _words(options | {"profile": common.profile, "project": common.project})

    def next_commands(self, common: Common, project: str) -> NextCommands:
        """What to type after a run that was kept in `project`."""
        from mlops_cloud.cli.next_commands import NextCommands

        if not self.sample:
            return NextCommands(self.again(common), _words({"profile": common.profile, "project": common.project}))
        options = _words({"profile": common.profile, "project": project})
        return NextCommands(self.again(common), options, self._replace(sample=0).again(common))


def _words(options: Mapping[str, object]) -> str:
    from shlex import join

    return "".join(f" {join((f'--{name}', str(value)))}" for name, value in options.items() if value)


def recipe_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """RECIPE and what changes it, handed to the command as one after the common options."""

    @click.argument("recipe", type=click.Path(), default="recipe.yaml")
    @click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="A.B=VALUE",
        callback=_pairs,
        help="Change one value, e.g. vars.seed=3 or steps.train.parameters.depth=4; may be repeated.",
    )
    @click.option(
        "--vars-file",
        "vars_files",
        multiple=True,
        metavar="FILE",
        type=click.Path(),
        help="Take vars from a YAML file of NAME: VALUE lines; may be repeated, the later wins, --set over all.",
    )
    @click.option("--target", metavar="NAME", help="One of the recipe's targets.")
    @click.option(
        "--sample",
        type=click.IntRange(min=1),
        metavar="ROWS",
        default=None,
        help="Rehearse: at most so many rows of every dataset, apart from all that is real.",
    )
    @wraps(function)
    def packed(common: Common, recipe: str, sample: int | None, **options: Any) -> Any:  # noqa: ANN401
        changes = {name: options.pop(name) for name in ("target", "vars_files", "sets")}
        return function(common, Chosen(recipe, **changes, sample=sample or 0), **options)

    return packed


def _pairs(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in texts]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise click.BadParameter(f"write {name or 'a.b'}=VALUE", context, parameter)
    return tuple((name.strip(), value) for name, _, value in pairs)
