"""The jobs that were asked for: written before anything is started."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from mlops_cloud.errors import ConflictError, NotFoundError
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.durable.rows import Value
    from mlops_cloud_local.tables import Tables

State = Literal["wanted", "cancelled", "deleting"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job: who asked for it, when, and the request that starts it."""

    name: str
    key: str
    kind: str
    created: float
    state: State
    """`cancelled`: before it was started."""
    request: dict[str, Any]


class JobTable:
    """The rows of `job`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def wanted(self, key: str, kind: str, request: dict[str, Any]) -> JobRow:
        """The row of this key: the one that is there, or a new one."""
        with self._tables.database.transaction():
            if row := self.by_key(key):
                return row
            if self._rows("WHERE name = ?", request["name"]):
                raise ConflictError(f"another job is called {request['name']}", fix="give the job another name")
            row = JobRow(request["name"], key, kind, time.time(), "wanted", request)
            self._tables.database.insert("job", _values(row))
            return row

    def by_key(self, key: str) -> JobRow | None:
        """The job that this key made."""
        return next(iter(self._rows("WHERE key = ?", key)), None)

    def by_name(self, name: str) -> JobRow:
        """The job of this name; NotFoundError."""
        rows = self._rows("WHERE name = ? AND state <> 'deleting'", name)
        if not rows:
            raise NotFoundError(f"there is no job {shown(name)}", fix="list the jobs that there are", provider="local")
        return rows[0]

    def named(self, name: str) -> JobRow | None:
        """The same for a job that may be gone, or half gone."""
        return next(iter(self._rows("WHERE name = ?", name)), None)

    def newest(self, since: float) -> Iterator[JobRow]:
        """The jobs created after `since`, newest first."""
        yield from self._rows("WHERE created > ? AND state <> 'deleting' ORDER BY created DESC, rowid DESC", since)

    def with_checkpoint(self, address: str) -> list[str]:
        """The names of the jobs that keep their checkpoints there."""
        rows = self._rows("WHERE instr(request, ?) > 0", json.dumps(address))
        return [row.name for row in rows if row.request["checkpoint"] == address]

    def mark(self, row: JobRow, state: State) -> None:
        """Change its state."""
        changed = JobRow(row.name, row.key, row.kind, row.created, state, row.request)
        self._tables.database.insert("job", _values(changed), replace=True)

    def remove(self, name: str) -> None:
        """Forget a job."""
        self._tables.database.execute("DELETE FROM job WHERE name = ?", (name,))

    def _rows(self, where: str, parameter: str | float) -> list[JobRow]:
        return [_row(values) for values in self._tables.select("job", "name", where, (parameter,))]


def _values(row: JobRow) -> dict[str, Value]:
    request = json.dumps(row.request, sort_keys=True)
    return {
        "name": row.name,
        "key": row.key,
        "kind": row.kind,
        "created": row.created,
        "state": row.state,
        "request": request,
    }


def _row(values: dict[str, Any]) -> JobRow:
    state = cast("State", values["state"])
    request = json.loads(values["request"])
    return JobRow(values["name"], values["key"], values["kind"], values["created"], state, request)
