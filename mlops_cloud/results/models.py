"""Registered models: versions, annotations, where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Uri

Approval = Literal["pending", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a provider records beside a bundle."""

    name: str
    digest: str
    """sha256 of the bundle's canonical manifest."""
    lineage: dict[str, Any]
    """Dataset version, code digest, git commit, parameters, lock, job, run: plain JSON."""
    evaluation: dict[str, Any]
    """The evaluation's report, or empty."""
    approval: Approval
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who said what about a version, when and why."""

    approval: Approval
    by: str
    at: float
    """Seconds since 1970, UTC."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a registered model."""

    name: str
    version: int
    digest: str
    uri: Uri
    approval: Approval
    aliases: tuple[str, ...] = ()
    stage: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    description: str = ""
    lineage: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    created: float = 0.0
    """Seconds since 1970, UTC."""
    key: str = ""
    retired: bool = False

    def reference(self) -> str:
        """`model://<name>/<version>`."""
        return f"model://{self.name}/{self.version}"

    def _repr_html_(self) -> str:
        from mlops_cloud.results.notebook import facts

        name, aliases = ("model", f"{self.name}:{self.version}"), ("aliases", ", ".join(self.aliases))
        rest = [("approval", self.approval), ("stage", self.stage), ("digest", self.digest[:16])]
        return facts([name, aliases, *rest, ("about", self.description)])
