"""The lock of an environment: every package that a job gets, by name and version."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from threading import Lock as Mutex
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.errors import IndexUnreachableError
from mlops_cloud.packages.targets import Target
from mlops_cloud.results.identity import Artifact

if TYPE_CHECKING:
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.environment import Environment

LOCKS = "locks"
"""The kind of record that holds a lock under the digest of what it answers."""
_NOWHERE = Target("")
_one_solver = Mutex()  # steps side by side mostly want the same lock


@dataclass(frozen=True, slots=True)
class Lock:
    """What is installed where a job runs."""

    base: str
    """What it starts from: the interpreter or image and the machine, as lines."""
    lines: tuple[str, ...]
    """Sorted `name==version` lines."""
    there: bool
    """Whether what it starts from has all of them already."""
    start: str = ""
    """The interpreter or image it starts from, in a word or two."""
    target: Target = _NOWHERE
    """What its packages are for."""
    hashes: tuple[tuple[str, ...], ...] = ()
    """The sha256 that the files of each line may have; empty for what is there."""
    problem: str = ""
    """Why it is not known yet, in a plan that could ask no index; its lines are then the requirements."""

    @property
    def digest(self) -> str:
        """64 hex of what is installed and for what: the name of an environment that is made of it."""
        return digest_of([self.target.python, self.target.place, list(self.lines), [list(h) for h in self.hashes]])

    def text(self) -> str:
        """Base and lines: a part of the cache key."""
        return "".join(f"{line}\n" for line in (*self.base.splitlines(), *self.lines))

    def requirements(self) -> str:
        """The lines alone: the lock file that goes with a model."""
        return "".join(f"{line}\n" for line in self.lines)

    def summary(self) -> str:
        """What a job runs in, for a person."""
        return self.start if self.there else f"environment {self.digest[:12]}, {len(self.lines)} packages"


def lock_for(session: Session, environment: Environment, role: str, name: str = "") -> Lock:
    """The lock of an environment whose requirements are lines; found once and then shared by all who ask.

    InvalidSpecError names the lines that cannot be had together. IndexUnreachableError when it is not known and no
    index answers; while a plan is made the lock then says so itself. `name` is told what takes its time.
    """
    known = session.locks.get((environment, role))
    if known is None:
        with _one_solver:
            known = session.locks.get((environment, role)) or _found(session, environment, role, name)
            session.locks[environment, role] = known
    return known


def lock_of_record(record: dict[str, Any], base: str = "", start: str = "") -> Lock:
    """A lock as it was recorded."""
    target = Target(record["python"], record["platform"], start)
    hashes = tuple(tuple(found) for found in record["hashes"])
    return Lock(base, tuple(record["lines"]), there=False, start=start, target=target, hashes=hashes)


def _found(session: Session, environment: Environment, role: str, name: str) -> Lock:
    image = session.provider.image(environment, role)
    base = session.provider.fingerprint(environment)
    lines = tuple(sorted(set(environment.requirements)))
    there = lines if environment.image and not environment.install else image.lock
    if there is not None or not lines:
        return Lock(base, there or image.has, there=True, start=_called(image.name))
    target = Target(image.python, image.platform, "" if image.platform else image.name)
    try:
        return lock_of_record(_record(session, lines, target, name), base, image.name)
    except IndexUnreachableError as exc:
        if not session.read_only:
            raise
        problem = f"no package index answers: {exc.why}"
        return Lock(base, lines, there=False, start=image.name, target=target, problem=problem)


def _called(image: str) -> str:
    return "the current interpreter" if image == sys.executable else image


def _record(session: Session, lines: tuple[str, ...], target: Target, name: str) -> dict[str, Any]:
    key = digest_of([list(lines), target.python, target.place])[:32]
    found = session.records.get(LOCKS, key) or _solved(session, key, lines, target, name)
    # Whoever forgets a lock changes what depends on it.
    session.known.setdefault(f"lock {key}", Artifact(session.records.uri(LOCKS, key), key))
    return found


def _solved(session: Session, key: str, lines: tuple[str, ...], target: Target, name: str) -> dict[str, Any]:
    from mlops_cloud.services.lock_solver import Solver

    session.tell("environment", name, f"locking {len(lines)} requirements for Python {target.python}")
    pins = sorted(Solver(lines, target, session.stopping).pins().items())
    record = {
        "requirements": list(lines),
        "python": target.python,
        "platform": target.platform,
        "lines": [line for line, _ in pins],
        "hashes": [list(hashes) for _, hashes in pins],
    }
    session.remember(LOCKS, key, record)
    return session.records.get(LOCKS, key) or record
