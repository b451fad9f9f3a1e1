"""One step as it is read: layers merged, vars put in place, references found, fields checked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.binding import output_path
from mlops_cloud.recipes.layers import Layers
from mlops_cloud.recipes.offers import searched
from mlops_cloud.recipes.references import KEPT, OPENING, Name, Reference, filled, walked
from mlops_cloud.recipes.validation import validated
from mlops_cloud.recipes.vocabulary import KINDS, STEP_FIELDS, spec_class
from mlops_cloud.safety.names import shown, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.recipes.files import Files
    from mlops_cloud.recipes.layers import Layer
    from mlops_cloud.recipes.problems import Path, Problems
    from mlops_cloud.recipes.variables import Variables
    from mlops_cloud.specs.base import Spec

_JOB_SPACES = ("inputs", "outputs", "parameters")
_OWN_OUTPUTS = ("model", "output", "checkpoint")


@dataclass(frozen=True, slots=True)
class Draft:
    """A step whose place among the others is not known yet."""

    name: str
    kind: str
    fields: dict[str, Any]
    after: tuple[str, ...]
    when: bool
    references: tuple[Reference, ...]
    layers: Layers
    spec: Spec | None


class StepReader:
    """Reads steps with the vars, defaults and files of one recipe."""

    def __init__(
        self, recipe: str, variables: Variables, defaults: Sequence[Layer], files: Files, problems: Problems
    ) -> None:
        self._recipe = recipe
        self._variables = variables
        self._defaults = defaults
        self._files = files
        self._problems = problems

    def read(self, name: str, layers: Sequence[Layer], home: Layer) -> Draft | None:
        """The draft of one step; None when not even its kind is right, with the problem kept."""
        own = Layers(layers, home)
        kind = self._kind(own)
        if not kind:
            return None
        return _Reading(self, name, kind, self._with_defaults(kind, layers, home)).draft()

    def _kind(self, layers: Layers) -> str:
        merged = layers.merged()
        kind = merged.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            return kind
        if kind is None:
            self._problems.add(layers.problem((), f"has no kind; one of {', '.join(KINDS)}", key=True))
        else:
            message = f"there is no kind {shown(kind)}; {did_you_mean(str(kind), KINDS)}"
            self._problems.add(layers.problem(("kind",), message))
        return ""

    def _with_defaults(self, kind: str, layers: Sequence[Layer], home: Layer) -> Layers:
        if not KINDS[kind].is_job:
            return Layers(layers, home)
        known = spec_class(kind).model_fields
        return Layers([*(_narrowed(layer, known) for layer in self._defaults), *layers], home)

    def value_of_variable(self, name: Name) -> object:
        """The value of `vars.x`; a var whose own problem was told already stays as it is written."""
        (variable, *rest) = name.parts
        if rest:
            message = f"vars have no fields: write ${{{{ vars.{variable} }}}}"
            raise ValueError(message)
        if variable not in self._variables.declared:
            message = f"there is no var {variable!r}; {did_you_mean(variable, self._variables.declared)}"
            raise ValueError(message)
        return self._variables.values.get(variable, KEPT)

    def default_name(self, step: str, kind: str) -> str:
        """What a step's thing is called when it gives no name."""
        return self._recipe if KINDS[kind].named_by_recipe else slug(f"{self._recipe}-{step}")

    def check(self, draft: Draft) -> None:
        """Keep the problems of its files."""
        for path, message in self._files.faults(draft.kind, draft.fields):
            self._problems.add(draft.layers.problem(path, message))

    def add(self, layers: Layers, path: Path, message: str, *, key: bool = False) -> None:
        """Keep one problem."""
        self._problems.add(layers.problem(path, message, key=key))


class _Reading:
    """One step being read."""

    def __init__(self, reader: StepReader, name: str, kind: str, layers: Layers) -> None:
        self._reader = reader
        self._name = name
        self._kind = kind
        self._layers = layers
        self._raw = layers.merged()
        self._references: list[Reference] = []

    def draft(self) -> Draft:
        raw = self._raw
        after = self._after(raw.get("after"))
        when = self._when(raw.get("when"))
        given = {field: value for field, value in raw.items() if field not in STEP_FIELDS and value is not None}
        fields = walked(given, (), self._on_text)
        fields.setdefault("name", self._reader.default_name(self._name, self._kind))
        spec, problems = validated(spec_class(self._kind), fields)
        for path, message, key in problems:
            self._reader.add(self._layers, path, message, key=key or not path)
        references = tuple(self._references)
        draft = Draft(self._name, self._kind, fields, after, when, references, self._layers, spec)
        self._reader.check(draft)
        return draft

    def _after(self, value: object) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if names is None:
            return ()
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return tuple(dict.fromkeys(names))
        self._reader.add(self._layers, ("after",), "must be a list of steps, e.g. [deploy]")
        return ()

    def _when(self, value: object) -> bool:
        if isinstance(value, str) and OPENING in value:
            value = self._on_text(("when",), value)
        if value is None or value is True:
            return True
        if value is not False and not (isinstance(value, str) and OPENING in value):
            self._reader.add(self._layers, ("when",), f"must be true, false or a var that is, not {shown(value)}")
        return False

    def _on_text(self, at: Path, text: str) -> object:
        quote = shlex.quote if at == ("command",) else str
        try:
            return filled(text, lambda name: self._value(at, name), quote)
        except ValueError as exc:
            self._reader.add(self._layers, at, str(exc))
            return text

    def _value(self, at: Path, name: Name) -> object:
        if name.space == "vars":
            return self._reader.value_of_variable(name)
        if name.space in _JOB_SPACES:
            return self._of_the_job(at, name)
        if at[0] in ("command", "when"):
            message = "what another step made is taken by inputs: or parameters:"
            hint = ", here as ${{ inputs.NAME }}" if at[0] == "command" else ", not here"
            raise ValueError(message + hint)
        step, path = output_path(name)
        self._references.append(Reference(at, step, path))
        return KEPT

    def _of_the_job(self, at: Path, name: Name) -> object:
        if at[0] == "native":
            return KEPT
        whole = ".".join((name.space, *name.parts))
        if at[0] != "command":
            message = f"${{{{ {whole} }}}} stands only in a command; elsewhere write steps.STEP.OUTPUT or vars.NAME"
            raise ValueError(message)
        known = self._names_in(name.space)
        if ".".join(name.parts) not in known:
            message = f"the step has no {whole}; {did_you_mean('.'.join(name.parts), known)}"
            raise ValueError(message)
        return KEPT

    def _names_in(self, space: str) -> list[str]:
        """What `${{ <space>.x }}` may name in a command: a parameter may be called an input."""
        places = ("inputs", "parameters") if space == "inputs" else (space,)
        declared = [self._raw.get(place) for place in places]
        names = [name for each in declared if isinstance(each, dict) for name in each]
        names += searched(self._raw) if "parameters" in places else []
        return [*names, *_OWN_OUTPUTS] if space == "outputs" else names


def _narrowed(layer: Layer, known: Mapping[str, object]) -> Layer:
    data = {field: value for field, value in layer.data.items() if field in known}
    return replace(layer, data=data)  # type: ignore[type-var]
