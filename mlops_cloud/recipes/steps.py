"""One step of a recipe in a session: bind it, find its key, know its cached outcome, make it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mlops_cloud.recipes.kinds import KINDS, Outcome
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.services.job_records import EMPTY_FOLDER
from mlops_cloud.specs.evaluation import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlops_cloud.recipes.kinds import Prepared, StepKind
    from mlops_cloud.recipes.model import Recipe, Step
    from mlops_cloud.services.keys import Content
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.base import Spec

RECORD = "steps"
"""The kind of record that holds a step's outcome, and the parts of its content, under the digest of that."""
CONTENT = "contents"
"""The kind of record that holds the parts alone, of a step that has no outcome."""


@dataclass(frozen=True, slots=True)
class Known:
    """A step whose key is known, and its outcome if it was made before."""

    kind: StepKind
    prepared: Prepared
    outcome: Outcome | None


class StepMaker:
    """Makes the steps of one recipe, each from the outcomes of those before it."""

    def __init__(self, session: Session, recipe: Recipe) -> None:
        self._session = session
        self._recipe = recipe
        self._kinds: dict[str, StepKind] = {}

    def supports(self, step: Step) -> bool:
        """Whether this version makes steps of this kind."""
        return step.kind in KINDS

    def look(self, step: Step, outputs: Mapping[str, Mapping[str, Any]]) -> Known:
        """Bind, hash, and look for what was made before from the same content."""
        kind = self._kind(step.kind)
        prepared = kind.prepare(self._bound(step, outputs), self._recipe.folder)
        return Known(kind, prepared, self._cached(kind, prepared))

    def prepare(self, step: Step, outputs: Mapping[str, Mapping[str, Any]]) -> Known:
        """The same without looking: for a plan, when what comes before is not known yet."""
        kind = self._kind(step.kind)
        return Known(kind, kind.prepare(self._bound(step, outputs), self._recipe.folder), None)

    def make(self, known: Known) -> Outcome:
        """Make the step, and remember its outcome for everybody."""
        outcome = known.kind.execute(known.prepared)
        self._remember(known.prepared, outcome)
        return outcome

    def accept(self, outcome: Outcome) -> None:
        """Let later steps find what this one made without asking the provider again."""
        self._session.known.update(outcome.artifacts)

    def get_ready(self, kinds: Iterable[str]) -> None:
        """Import and store what steps of these kinds will need."""
        for kind in kinds:
            if kind in KINDS and kind not in self._kinds:
                self._kind(kind).get_ready()

    def _kind(self, kind: str) -> StepKind:
        if kind not in self._kinds:
            self._kinds[kind] = KINDS[kind](self._session)
        return self._kinds[kind]

    def _cached(self, kind: StepKind, prepared: Prepared) -> Outcome | None:
        record = None
        if prepared.content.kind != "model":  # its approval and aliases change, so the registry is asked
            record = self._session.records.get(RECORD, prepared.content.digest)
        known = outcome_of(record) if record is not None else None
        if known is not None and self._still_there(known):
            return known
        outcome = kind.cached(prepared)
        if outcome is None:
            return None
        if not self._still_there(outcome):
            if not self._session.read_only:
                kind.discard(prepared)
            return None
        self._remember(prepared, outcome)
        return outcome

    def _still_there(self, outcome: Outcome) -> bool:
        """Whether everything that it made still lies in the store; an empty folder lies nowhere."""
        places = {artifact.uri for artifact in outcome.artifacts.values() if artifact.digest != EMPTY_FOLDER}
        leaves = [place for place in places if not any(other.startswith(f"{place}/") for other in places)]
        listed = self._session.provider.storage.list
        return all(next(iter(listed(place)), None) is not None for place in leaves or [outcome.place])

    def _remember(self, prepared: Prepared, outcome: Outcome) -> None:
        if outcome.refused is None and not outcome.waiting:
            record = {"outcome": asdict(outcome), **content_record(prepared.content)}
            self._session.remember(RECORD, prepared.content.digest, record)

    def _bound(self, step: Step, outputs: Mapping[str, Mapping[str, Any]]) -> Spec:
        spec = step.bind(outputs)
        return self._with_defaults(step, spec) if isinstance(spec, Evaluation) else spec

    def _with_defaults(self, step: Step, spec: Evaluation) -> Evaluation:
        # An evaluation's target is that of the dataset it reads; its rival holds the alias the recipe moves.
        target = spec.target or next(
            (
                str(self._recipe.steps[need].fields.get("target", ""))
                for need in step.needs
                if self._is(need, "dataset")
            ),
            "",
        )
        champion = spec.champion
        if spec.gates.champion and not champion:
            model = next((other for other in self._recipe.steps.values() if other.kind == "model"), None)
            fields = model.fields if model else {}
            champion = (
                f"{self._session.prefix}{fields.get('name', self._recipe.name)}@{fields.get('alias', 'champion')}"
            )
        return spec.with_changes(target=target, champion=champion)

    def _is(self, step: str, kind: str) -> bool:
        return self._recipe.steps[step].kind == kind


def content_record(content: Content) -> dict[str, Any]:
    """What is kept of a content, so that `explain` can say which part of it differs."""
    return {"kind": content.kind, "name": content.name, "parts": content.parts}


def content_of(session: Session, digest: str) -> dict[str, Any] | None:
    """The record that has the kind, name and parts of a content; None when nobody kept it."""
    return session.records.get(RECORD, digest) or session.records.get(CONTENT, digest)


def outcome_of(record: dict[str, Any]) -> Outcome:
    """The outcome that a step's record holds."""
    outcome = record["outcome"]
    artifacts = {name: Artifact(**artifact) for name, artifact in outcome["artifacts"].items()}
    return Outcome(outcome["made"], Uri(outcome["place"]), outcome["outputs"], artifacts, outcome["summary"])
