"""From a recipe file to a `Recipe`: every problem is found and told at once, with its line and column."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean, nearest
from mlops_cloud.recipes.drafts import Draft, StepReader
from mlops_cloud.recipes.files import Files
from mlops_cloud.recipes.flags import flags_of
from mlops_cloud.recipes.graph import circle, ordered, skipped
from mlops_cloud.recipes.header import Header
from mlops_cloud.recipes.layers import FlagLayer
from mlops_cloud.recipes.model import Recipe, Step
from mlops_cloud.recipes.offers import reference_fault
from mlops_cloud.recipes.problems import Problem, Problems
from mlops_cloud.recipes.variables import Variables
from mlops_cloud.recipes.vocabulary import KINDS, spec_class
from mlops_cloud.safety.names import shown
from mlops_cloud.safety.yaml import load_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path

    from mlops_cloud.recipes.flags import Flags
    from mlops_cloud.recipes.layers import Layer

# Points separate the parts of a reference.
_STEP_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def load(
    path: Path,
    *,
    target: str | None = None,
    sets: Sequence[tuple[str, str]] = (),
    variables: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Recipe:
    """Read and check a recipe.

    `sets` are (place, text) as in `--set vars.seed=3`, `variables` are values of vars; both win over the target,
    which wins over the recipe. RecipeError holds every problem.
    """
    problems = Problems()
    header = Header(load_file(path), target, problems)
    flags = flags_of(sets, problems)
    known = _variables(header, flags, variables or {}, os.environ if environ is None else environ, problems)
    drafts = _drafts(header, flags, known, path.absolute().parent, problems)
    graph, order = _graph(drafts, {*header.layer("steps").data, *header.target_layer("steps").data}, problems)
    _refuse_same_names(drafts, problems)
    problems.raise_if_any()
    reasons = skipped(
        order,
        {name for name, draft in drafts.items() if not draft.when},
        {name: {reference.step for reference in draft.references} for name, draft in drafts.items()},
    )
    graph = {name: needs if name in reasons else needs.difference(reasons) for name, needs in graph.items()}
    place = {name: index for index, name in enumerate(order)}
    return Recipe(
        name=header.name,
        description=header.description,
        requires=header.requires,
        path=path,
        folder=path.absolute().parent,
        digest=sha256(path.read_bytes()).hexdigest(),
        vars=known.values,
        target=target or "",
        profile=header.profile,
        steps={
            name: _step(draft, sorted(graph[name], key=place.__getitem__), reasons.get(name, ""))
            for name, draft in drafts.items()
        },
        graph=graph,
        order=order,
    )


def _variables(
    header: Header, flags: Flags, given: Mapping[str, object], environ: Mapping[str, str], problems: Problems
) -> Variables:
    layers: list[Layer] = [header.layer("vars"), header.target_layer("vars")]
    layers += [FlagLayer("the given", ("vars",), dict(given)), FlagLayer("--set", ("vars",), flags.vars)]
    variables = Variables(layers, environ, problems)
    variables.resolve()
    return variables


def _drafts(header: Header, flags: Flags, variables: Variables, folder: Path, problems: Problems) -> dict[str, Draft]:
    defaults: list[Layer] = [header.layer("defaults"), header.target_layer("defaults")]
    defaults.append(FlagLayer("--set", ("defaults",), flags.defaults))
    reader = StepReader(header.name, variables, [layer for layer in defaults if layer.data], Files(folder), problems)
    base, overlay = header.layer("steps"), header.target_layer("steps")
    if not base.data:
        problems.add(base.problem((), "a recipe has at least one step", key=True))
    _refuse_unknown_steps(base, overlay, flags.steps, problems)
    drafts = {}
    for name in {**base.data, **overlay.data}:
        layers = [_of_step(header.layer, base, name, problems), _of_step(header.target_layer, overlay, name, problems)]
        layers.append(FlagLayer("--set", ("steps", name), _fields(flags.steps.get(name))))
        home = layers[0] if name in base.data else layers[1]
        draft = reader.read(name, [layer for layer in layers if layer.data], home) if home.data else None
        if draft is not None:
            drafts[name] = draft
    return drafts


def _of_step(layer_at: Any, steps: Layer, name: str, problems: Problems) -> Layer:  # noqa: ANN401 - a bound method
    if name in steps.data and not (isinstance(steps.data[name], dict) and steps.data[name]):
        problems.add(steps.problem((name,), "a step is a mapping that begins with kind:", key=True))
    layer: Layer = layer_at("steps", name)
    return layer


def _fields(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _refuse_unknown_steps(base: Layer, overlay: Layer, flags: Mapping[str, Any], problems: Problems) -> None:
    for name in base.data:
        if not _STEP_NAME.fullmatch(name):
            message = f"{shown(name)} cannot name a step: use a-z, 0-9, _ and -, first a letter, at most 63 characters"
            problems.add(base.problem((name,), message, key=True))
    for name, fields in overlay.data.items():
        if name not in base.data and "kind" not in _fields(fields) and nearest(name, base.data):
            problems.add(overlay.problem((name,), f"there is no such step; {did_you_mean(name, base.data)}", key=True))
    for name in flags:
        if name not in base.data and name not in overlay.data:
            message = f"--set steps.{shown(name)[1:-1]}: there is no such step; {did_you_mean(name, base.data)}"
            problems.add(Problem(0, 0, message))


def _graph(
    drafts: dict[str, Draft], names: Set[str], problems: Problems
) -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    others = {name: (draft.kind, draft.fields) for name, draft in drafts.items()}
    graph: dict[str, frozenset[str]] = {}
    for name, draft in drafts.items():
        for reference in draft.references:
            # A step that could not be read has a problem of its own.
            unread = reference.step in names and reference.step not in drafts
            if not unread and (fault := reference_fault(reference, draft.kind, others)):
                problems.add(draft.layers.problem(reference.at, fault))
        for index, other in enumerate(draft.after):
            if other not in names:
                fault = f"there is no step {shown(other)}; {did_you_mean(other, drafts)}"
                problems.add(draft.layers.problem(("after", index), fault))
        needs = {*(reference.step for reference in draft.references), *draft.after}
        graph[name] = frozenset(needs & drafts.keys())
    order = ordered(graph)
    if steps := circle(graph, order):
        message = f"these steps wait for each other: {' -> '.join(steps)}"
        problems.add(drafts[steps[0]].layers.problem(_place_of_need(drafts[steps[0]], steps[1]), message))
    return graph, order


def _place_of_need(draft: Draft, need: str) -> tuple[str | int, ...]:
    return next((reference.at for reference in draft.references if reference.step == need), ("after",))


def _refuse_same_names(drafts: dict[str, Draft], problems: Problems) -> None:
    writers: dict[tuple[str, str], str] = {}
    for step, draft in drafts.items():
        name = draft.fields["name"]
        if not KINDS[draft.kind].named_by_recipe or not isinstance(name, str):
            continue
        first = writers.setdefault((draft.kind, name), step)
        if first != step:
            message = f"step {first} writes the {draft.kind} {shown(name)} already; give this one another name:"
            problems.add(draft.layers.problem(("name",), message))


def _step(draft: Draft, needs: Sequence[str], reason: str) -> Step:
    return Step(
        name=draft.name,
        kind=draft.kind,
        fields=draft.fields,
        after=draft.after,
        when=draft.when,
        references=draft.references,
        needs=tuple(needs),
        skipped=reason,
        spec_class=spec_class(draft.kind),
        layers=draft.layers,
        spec=draft.spec,
    )
