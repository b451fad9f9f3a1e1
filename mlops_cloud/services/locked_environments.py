"""Locks that were made, with what is kept of them: listed, read, forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError, NotFoundError
from mlops_cloud.results.identity import Uri
from mlops_cloud.services.locks import LOCKS, Lock, lock_of_record
from mlops_cloud.services.wheels import FOLDERS, WHEELS, folder_of, wheel_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.environments import BuiltEnvironment
    from mlops_cloud.services.session import Session

_SHORT = 12
_Records = list[tuple[str, Lock]]


@dataclass(frozen=True, slots=True)
class LockedEnvironment:
    """One lock, and what is kept of it."""

    name: str
    """The first 12 hex digits of its digest: what `jobs describe` names."""
    digest: str
    python: str
    platform: str
    requirements: tuple[tuple[str, ...], ...]
    """The requirement lines that it answers; often one list of them."""
    lines: tuple[str, ...]
    """Every package, as `name==version`."""
    wheels_size: int
    """Bytes of its wheels in the store; 0 as long as no job needed them."""
    built: tuple[BuiltEnvironment, ...]
    """Where it is installed."""
    records: tuple[str, ...]
    """The names of the records that hold it."""


class EnvironmentService:
    """The verbs of locked environments; what the current interpreter has by itself is none."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self) -> Iterator[LockedEnvironment]:
        """Every lock of the project, by name."""
        built = tuple(self._session.provider.environments())
        for digest, found in sorted(self._by_digest().items()):
            (_, lock), records = found[0], [name for name, _ in found]
            asked = (self._session.records.get(LOCKS, name) for name in records)
            requirements = tuple(tuple(record["requirements"]) for record in asked if record)
            yield LockedEnvironment(
                digest[:_SHORT],
                digest,
                lock.target.python,
                lock.target.place,
                requirements,
                lock.lines,
                self._wheels_size(digest),
                tuple(one for one in built if digest.startswith(one.lock)),
                tuple(records),
            )

    def get(self, name: str) -> LockedEnvironment:
        """The one whose digest begins so; NotFoundError, or InvalidSpecError when several do."""
        found = [one for one in self.list() if name and one.digest.startswith(name)]
        if not found:
            raise NotFoundError(f"no environment is called {name!r}", fix="mlops-cloud environments list")
        if len(found) > 1:
            names = ", ".join(one.name for one in found)
            raise InvalidSpecError(f"{name!r} names {len(found)} environments: {names}", fix="write more of the name")
        return found[0]

    def delete(self, environment: LockedEnvironment) -> None:
        """Forget the lock, so that the next job locks anew, with its wheels and what is installed of it.

        ConflictError while a job runs in it.
        """
        session = self._session
        session.provider.drop_environment(environment.digest)
        locks = self._by_digest()
        gone = locks.pop(environment.digest, [])
        for name, _ in gone:
            session.records.delete(LOCKS, name)
        session.records.delete(FOLDERS, environment.digest)
        session.provider.storage.delete(folder_of(session, environment.digest))
        used = {key for others in locks.values() for _, lock in others for key in _wheel_keys(lock)}
        for key in {key for _, lock in gone for key in _wheel_keys(lock)} - used:
            self._forget_wheel(key)
        session.locks.clear()
        session.known.pop(f"wheels {environment.digest}", None)

    def _by_digest(self) -> dict[str, _Records]:
        found: dict[str, _Records] = {}
        for name in self._session.records.names(LOCKS):
            record = self._session.records.get(LOCKS, name)
            if record is not None:
                lock = lock_of_record(record)
                found.setdefault(lock.digest, []).append((name, lock))
        return found

    def _wheels_size(self, digest: str) -> int:
        record = self._session.records.get(FOLDERS, digest)
        return sum(record["files"].values()) if record else 0

    def _forget_wheel(self, key: str) -> None:
        record = self._session.records.get(WHEELS, key)
        if record is not None:
            self._session.provider.storage.delete(Uri(record["uri"]))
            self._session.records.delete(WHEELS, key)


def _wheel_keys(lock: Lock) -> set[str]:
    return {wheel_key(lock, index) for index in range(len(lock.lines))}
