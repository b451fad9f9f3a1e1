"""The lock of an environment: every package that a job gets, by name and version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.results.identity import NOWHERE

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Uri
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.environment import Environment


@dataclass(frozen=True, slots=True)
class Lock:
    """What is installed where a job runs."""

    base: str
    """What it starts from: the interpreter or image and the machine, as lines."""
    lines: tuple[str, ...]
    """Sorted `name==version` lines."""
    there: bool
    """Whether what it starts from has all of them already."""

    @property
    def digest(self) -> str:
        """64 hex of everything: the name of an environment that is made of it."""
        return digest_of([self.base, list(self.lines)])

    def text(self) -> str:
        """Base and lines: a part of the cache key."""
        return "".join(f"{line}\n" for line in (*self.base.splitlines(), *self.lines))

    def requirements(self) -> str:
        """The lines alone: the lock file that goes with a model."""
        return "".join(f"{line}\n" for line in self.lines)


def lock_for(session: Session, environment: Environment, role: str) -> Lock:
    """The lock of an environment whose requirements are lines."""
    provider = session.provider
    image = provider.image(environment, role)
    return Lock(provider.fingerprint(environment), image.lock or (), there=True)


def wheels_of(session: Session, lock: Lock) -> Uri:
    """The address of a folder of the lock's wheels; NOWHERE when what a job starts from has them all."""
    if lock.there or session.read_only:
        return NOWHERE
    raise NotImplementedError
