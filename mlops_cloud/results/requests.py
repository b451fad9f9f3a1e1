"""What would be sent, what it costs, and what cannot be done: all without sending anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.results.identity import NOWHERE

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.specs.job import JobSpec


@dataclass(frozen=True, slots=True)
class NativeRequest:
    """One request in the form the provider's own tools take; executing sends exactly this."""

    service: str
    operation: str
    body: dict[str, Any]
    needs: tuple[str, ...] = ()
    """Placeholders in the body for what is not known yet, each valid in its place so that the request can be checked.

    Either an earlier request produces it, or the profile lacks the setting, which the placeholder's own text names, as
    `<role>` would where any text is taken; a plan lists them, and a real run asks for all of them first.
    """
    produces: tuple[str, ...] = ()
    """Placeholders that the answer fills for later requests."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What a compiler needs beside what is wanted; everything is plain data, so compiling stays pure."""

    key: Key
    project: str
    code: Uri = NOWHERE
    """The job's archive; empty where no job is started."""
    packages: tuple[Uri, ...] = ()
    """Further archives that go on the job's PYTHONPATH."""
    inputs: dict[str, Uri] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    model: Uri = NOWHERE
    """A model's bundle, for what needs one; an endpoint's stand in its EndpointState."""
    job: JobSpec | None = None
    """The job that a monitor's schedule starts."""
    wheels: Uri = NOWHERE
    """A folder of the wheels that a job's lock names; NOWHERE when what it starts from has them all."""
    checkpoint: Uri = NOWHERE
    """Where a job's checkpoints are kept from one attempt to the next; what lies there is what it goes on from.

    A job that ends without success, and not by its script's own fault, leaves there what it saved, before it is seen to
    have ended.
    """
    imports: tuple[str, ...] = ()
    """The top-level modules that a job's code is seen to import, sorted."""
    attempt: int = 0
    """How many jobs of the same content were started before this one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one field of a spec cannot be had here."""

    field: str
    reason: str
    nearest: str = ""
    """What can be had instead."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one hour costs; never from memory."""

    value: float
    currency: str
    region: str
    source: str
    date: str
    """ISO 8601 day on which the source said so."""


@dataclass(frozen=True, slots=True)
class Image:
    """What a job or a server starts from."""

    name: str
    python: str
    has: tuple[str, ...] = ()
    """Packages that matter and are there already."""
    platform: str = ""
    """What wheels must be for, as pip's --platform takes it; empty for this computer."""
    lock: tuple[str, ...] | None = None
    """The `name==version` lines by which what is there satisfies the environment's requirements; None when it does not.

    Sorted; they name the requirements and all that those need. For an environment without requirements: everything.
    """


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor`."""

    subject: str
    ok: bool
    message: str
    fix: str = ""
