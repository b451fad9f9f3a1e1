"""The cloud's registry and its schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud_stub.faults import CloudError, strict

if TYPE_CHECKING:
    from mlops_cloud_stub.cloud import Cloud

_SCHEDULE: dict[str, type] = {"title": str, "cron": str, "job": dict, "note": str}
_PERIODS = {"* * * * *": 60, "0 * * * *": 3600}


@dataclass
class Kept:
    """One registered model: a document that changes only when its generation is named."""

    id: str
    name: str
    number: int
    document: dict[str, Any]
    generation: int = 1


class ModelServer:
    """Numbers models by name, and points aliases at them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._models: dict[str, Kept] = {}
        self._numbers: dict[str, int] = {}
        self._aliases: dict[tuple[str, str], str] = {}

    def add(self, name: str, document: dict[str, Any]) -> Kept:
        """A model more under a name."""
        with self._cloud.lock:
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            kept = Kept(self._cloud.new_id("m"), name, number, document)
            self._models[kept.id] = kept
            return kept

    def all(self) -> list[tuple[Kept, tuple[str, ...]]]:
        """All models with their aliases, oldest first."""
        with self._cloud.lock:
            return [(kept, self._of(kept.id)) for kept in self._models.values()]

    def update(self, native_id: str, document: dict[str, Any], generation: int) -> None:
        """Replace a document that nobody has changed since it was read."""
        with self._cloud.lock:
            kept = self._known(native_id)
            if kept.generation != generation:
                raise CloudError("Changed", f"model {native_id} is at generation {kept.generation}")
            self._models[native_id] = Kept(kept.id, kept.name, kept.number, document, generation + 1)

    def point(self, alias: str, native_id: str) -> None:
        """Let an alias of the model's name point at it."""
        with self._cloud.lock:
            self._aliases[self._known(native_id).name, alias] = native_id

    def unpoint(self, alias: str, native_id: str) -> None:
        """Remove an alias that points at the model."""
        with self._cloud.lock:
            if alias in self._of(native_id):
                del self._aliases[self._known(native_id).name, alias]

    def pointed(self, name: str, alias: str) -> str:
        """The id behind an alias."""
        with self._cloud.lock:
            if (name, alias) not in self._aliases:
                raise CloudError("NotFound", f"no alias {alias} of {name}")
            return self._aliases[name, alias]

    def delete(self, native_id: str) -> None:
        """Forget a model that no alias points at."""
        with self._cloud.lock:
            if self._of(native_id):
                raise CloudError("InUse", f"an alias points at {native_id}")
            self._models.pop(native_id, None)

    def _known(self, native_id: str) -> Kept:
        if native_id not in self._models:
            raise CloudError("NotFound", f"no model {native_id}")
        return self._models[native_id]

    def _of(self, native_id: str) -> tuple[str, ...]:
        return tuple(sorted(alias for (_, alias), target in self._aliases.items() if target == native_id))


@dataclass
class Scheduled:
    """One schedule and the jobs it started."""

    id: str
    title: str
    cron: str
    job: dict[str, Any]
    note: str
    last: float
    paused: bool = False
    started: list[tuple[float, str]] = field(default_factory=list)

    @property
    def due(self) -> float | None:
        """When it starts its job next, if ever."""
        period = _PERIODS[self.cron]
        return None if self.paused else float((self.last // period + 1) * period)


class ScheduleServer:
    """Starts jobs when they are due."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._schedules: dict[str, Scheduled] = {}

    def create(self, body: dict[str, Any]) -> str:
        """A schedule more; titles need not be unique."""
        strict(body, _SCHEDULE)
        if body["cron"] not in _PERIODS:
            raise CloudError("Invalid", f"cannot schedule {body['cron']!r}")
        with self._cloud.lock:
            self._cloud.receive("schedules.create", body)
            native_id = self._cloud.new_id("s")
            self._schedules[native_id] = Scheduled(native_id, **body, last=self._cloud.now())
            return native_id

    def describe(self, native_id: str) -> Scheduled:
        """The schedule as it is now."""
        if native_id not in self._schedules:
            raise CloudError("NotFound", f"no schedule {native_id}")
        return self._schedules[native_id]

    def all(self) -> list[Scheduled]:
        """All schedules, oldest first."""
        return list(self._schedules.values())

    def run(self, native_id: str) -> float:
        """Start its job now; answers with the time it stands for."""
        with self._cloud.lock:
            return self._start(self.describe(native_id), self._cloud.now())

    def pause(self, native_id: str, *, paused: bool) -> None:
        """Start no more, or again from now on."""
        with self._cloud.lock:
            schedule = self.describe(native_id)
            schedule.paused, schedule.last = paused, self._cloud.now()

    def delete(self, native_id: str) -> None:
        """Forget a schedule; what it started goes on."""
        self._schedules.pop(native_id, None)

    def run_due(self) -> None:
        """Start every job whose time has come."""
        for schedule in self._schedules.values():
            period = _PERIODS[schedule.cron]
            first, now = int(schedule.last // period) + 1, self._cloud.now()
            for number in range(first, int(now // period) + 1):
                if not schedule.paused:
                    self._start(schedule, float(number * period))
            schedule.last = now

    def _start(self, schedule: Scheduled, scheduled: float) -> float:
        native_id = self._cloud.jobs.run(schedule.job)
        schedule.started.append((scheduled, native_id))
        return scheduled
