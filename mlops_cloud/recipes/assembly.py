"""From steps that were read one by one to a whole: references checked, order found, names told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.recipes.graph import circle, ordered, skipped
from mlops_cloud.recipes.model import Step
from mlops_cloud.recipes.offers import reference_fault
from mlops_cloud.recipes.vocabulary import KINDS, spec_class
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from mlops_cloud.recipes.drafts import Draft
    from mlops_cloud.recipes.problems import Path, Problems

Graph = dict[str, frozenset[str]]


class Assembly:
    """The drafts of one recipe; `names` holds also the steps that could not be read."""

    def __init__(self, drafts: dict[str, Draft], names: Set[str], problems: Problems) -> None:
        self._drafts = drafts
        self._names = names
        self._problems = problems

    def check(self) -> None:
        """Keep the problems between steps."""
        others = {name: (draft.kind, draft.fields) for name, draft in self._drafts.items()}
        unread = self._names - self._drafts.keys()
        for draft in self._drafts.values():
            for reference in draft.references:
                # A step that could not be read has a problem of its own.
                fault = "" if reference.step in unread else reference_fault(reference, draft.kind, others)
                if fault:
                    self._add(draft, reference.at, fault)
            self._check_after(draft)
        self._check_circle()
        self._check_names()

    def steps(self) -> tuple[dict[str, Step], Graph, tuple[str, ...]]:
        """The steps as written, what each waits for, and their order."""
        graph = self._graph()
        order = ordered(graph)
        place = {name: index for index, name in enumerate(order)}
        reasons = skipped(
            order,
            {name for name, draft in self._drafts.items() if not draft.when},
            {name: {reference.step for reference in draft.references} for name, draft in self._drafts.items()},
        )
        graph = {name: needs if name in reasons else needs.difference(reasons) for name, needs in graph.items()}
        steps = {
            name: _step(draft, sorted(graph[name], key=place.__getitem__), reasons.get(name, ""))
            for name, draft in self._drafts.items()
        }
        return steps, graph, order

    def _graph(self) -> Graph:
        return {
            name: frozenset({*(reference.step for reference in draft.references), *draft.after} & self._drafts.keys())
            for name, draft in self._drafts.items()
        }

    def _check_after(self, draft: Draft) -> None:
        for index, other in enumerate(draft.after):
            if other not in self._names:
                fault = f"there is no step {shown(other)}; {did_you_mean(other, self._names)}"
                self._add(draft, ("after", index), fault)

    def _check_circle(self) -> None:
        graph = self._graph()
        steps = circle(graph, ordered(graph))
        if steps:
            draft = self._drafts[steps[0]]
            place = next((each.at for each in draft.references if each.step == steps[1]), ("after",))
            self._add(draft, place, f"these steps wait for each other: {' -> '.join(steps)}")

    def _check_names(self) -> None:
        writers: dict[tuple[str, str], str] = {}
        for step, draft in self._drafts.items():
            name = draft.fields["name"]
            if KINDS[draft.kind].named_by_recipe and isinstance(name, str):
                first = writers.setdefault((draft.kind, name), step)
                if first != step:
                    message = f"step {first} writes the {draft.kind} {shown(name)} already; give this one another name:"
                    self._add(draft, ("name",), message)

    def _add(self, draft: Draft, path: Path, message: str) -> None:
        self._problems.add(draft.layers.problem(path, message))


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
