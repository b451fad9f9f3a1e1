"""From a recipe file to a `Recipe`: every problem is found and told at once, with its line and column."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from mlops_cloud.recipes.assembly import Assembly
from mlops_cloud.recipes.drafts import Draft, StepReader
from mlops_cloud.recipes.files import Files
from mlops_cloud.recipes.flags import flags_of
from mlops_cloud.recipes.header import Header
from mlops_cloud.recipes.layers import FlagLayer
from mlops_cloud.recipes.model import Recipe
from mlops_cloud.recipes.problems import Problems
from mlops_cloud.recipes.step_layers import StepLayers
from mlops_cloud.recipes.variables import Variables
from mlops_cloud.recipes.vars_file import vars_file
from mlops_cloud.safety.yaml import load_file

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.recipes.flags import Flags
    from mlops_cloud.recipes.layers import Layer
    from mlops_cloud.recipes.model import Given


def load(path: Path, given: Given) -> Recipe:
    """Read and check a recipe; what is given wins over the target, which wins over the recipe.

    RecipeError holds every problem.
    """
    problems = Problems()
    header = Header(load_file(path), given.target, problems)
    flags = flags_of(given.sets, problems)
    known = _variables(header, flags, given, problems)
    folder = path.absolute().parent
    assembly = _assembly(header, flags, known, folder, problems)
    assembly.check()
    problems.raise_if_any()
    steps, graph, order = assembly.steps()
    return Recipe(
        name=header.name,
        description=header.description,
        requires=header.requires,
        path=path,
        folder=folder,
        digest=sha256(path.read_bytes()).hexdigest(),
        vars=known.values,
        target=given.target or "",
        profile=header.profile,
        steps=steps,
        graph=graph,
        order=order,
        given=given,
    )


def _variables(header: Header, flags: Flags, given: Given, problems: Problems) -> Variables:
    layers: list[Layer] = [header.layer("vars"), header.target_layer("vars")]
    layers += [vars_file(path, problems) for path in given.vars_files]
    layers += [*given.variables, FlagLayer("--set", ("vars",), flags.vars)]
    variables = Variables(layers, os.environ if given.environ is None else given.environ, problems)
    variables.resolve()
    return variables


def _assembly(header: Header, flags: Flags, variables: Variables, folder: Path, problems: Problems) -> Assembly:
    defaults: list[Layer] = [header.layer("defaults"), header.target_layer("defaults")]
    defaults.append(FlagLayer("--set", ("defaults",), flags.defaults))
    reader = StepReader(header.name, variables, [layer for layer in defaults if layer.data], Files(folder), problems)
    written = StepLayers(header, flags.steps, problems)
    drafts: dict[str, Draft] = {}
    for name, layers, home in written:
        draft = reader.read(name, layers, home)
        if draft is not None:
            drafts[name] = draft
    return Assembly(drafts, written.names, problems)
