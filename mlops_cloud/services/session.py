"""What every service works with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.safety.names import check_name

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.bundle.code import FileDigests
    from mlops_cloud.provider.base import Provider
    from mlops_cloud.results.identity import Artifact, Uri
    from mlops_cloud.services.locks import Lock
    from mlops_cloud.services.waiting import SubmittedJob
    from mlops_cloud.specs.environment import Environment
    from mlops_cloud.state.journal import Journal
    from mlops_cloud.state.records import Records


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth telling while work goes on."""

    kind: str
    """started, submitted, environment, advice, log, metric, retried, finished; progress, whose value is a part of 1."""
    subject: str
    """In a run the step; else the name of a spec or of its job."""
    text: str = ""
    value: float | None = None


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Session:
    """One provider in one project, with our memory of it."""

    provider: Provider
    project: str
    prefix: str
    """Goes before the name of every dataset and model."""
    home: Path
    journal: Journal
    records: Records
    digests: FileDigests
    """What this process has read of the user's files."""
    listener: Listener = silent
    read_only: bool = False
    """Nothing may be created: a plan is being made."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The profile's own labels for everything that is created."""
    known: dict[str, Artifact] = field(default_factory=dict)
    """References that this process has resolved already."""
    locks: dict[tuple[Environment, str], Lock] = field(default_factory=dict)
    """(environment, role) -> its lock, as far as this process knows them."""
    sample: int = 0
    """Most rows of every dataset in a rehearsal; 0 when this is none."""

    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when nothing more is to be started."""
    active: dict[str, SubmittedJob] = field(default_factory=dict)
    """The jobs that this process waits for."""

    def full_name(self, name: str) -> str:
        """A dataset's or model's name behind the profile's prefix; InvalidSpecError when that is no legal name."""
        return check_name(f"{self.prefix}{name}", "resource")

    def places(self) -> list[Uri]:
        """Where everything lies that this process resolved; an empty folder lies nowhere."""
        from mlops_cloud.services.job_records import EMPTY_FOLDER

        return [artifact.uri for artifact in self.known.values() if artifact.digest != EMPTY_FOLDER]

    def remember(self, kind: str, name: str, record: dict[str, Any]) -> None:
        """Write a shared record if there is none of that name; nothing while a plan is made."""
        if not self.read_only:
            self.records.create(kind, name, record)

    def tell(self, kind: str, subject: str, text: str = "", value: float | None = None) -> None:
        """Send one event to whoever listens."""
        self.listener(Event(kind, subject, text, value))
