"""The intentions of this computer: written before every create, so that nothing made is ever forgotten."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.database import open_database
from mlops_cloud.results.identity import Key
from mlops_cloud.results.runs import run_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.durable.database import Database
    from mlops_cloud.durable.rows import Value
    from mlops_cloud.results.identity import Family
    from mlops_cloud.results.runs import RunState, StepState

_SCHEMA = (
    (
        """CREATE TABLE intentions (creation TEXT PRIMARY KEY, family TEXT NOT NULL, kind TEXT NOT NULL,
           slug TEXT NOT NULL, state TEXT NOT NULL, written REAL NOT NULL, digest TEXT NOT NULL) STRICT""",
        """CREATE TABLE runs (run TEXT PRIMARY KEY, recipe TEXT NOT NULL, status TEXT NOT NULL, started REAL NOT NULL,
           document TEXT NOT NULL, digest TEXT NOT NULL) STRICT""",
        "CREATE INDEX runs_by_recipe ON runs (recipe, started)",
    ),
    (
        """CREATE TABLE run_steps (run TEXT NOT NULL, step TEXT NOT NULL, document TEXT NOT NULL, digest TEXT NOT NULL,
           PRIMARY KEY (run, step)) STRICT""",
    ),
)


class Journal:
    """What this computer intends and has seen; `path` is one SQLite file for a project and profile.

    The file is made by the first write: reading creates nothing.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._opened: Database | None = None
        self._opening = Lock()
        self._made: list[tuple[Family, Key]] = []

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._settle()
            self._opened.close()

    def intend(self, family: Family, key: Key) -> None:
        """Write down that something will be created, before anything is sent."""
        with self._database.transaction():
            self._settle()
            self._put(family, key, "intended")

    def made(self, family: Family, key: Key) -> None:
        """Write down that it is there, with the next intention: if that is lost, one looks for it once more."""
        self._made.append((family, key))

    def open_intentions(self) -> list[tuple[Family, Key]]:
        """What was intended and not seen made: look for each with `find` before creating anything again."""
        self._settle()
        rows = self._select("intentions", "creation", "WHERE state = 'intended' ORDER BY written")
        return [(row["family"], _key(row)) for row in rows]  # type: ignore[misc]

    def save_run(self, state: RunState) -> None:
        """Keep the state of a run as it is now, all its steps included."""
        row: dict[str, Value] = {
            "run": state.run,
            "recipe": state.recipe,
            "status": state.status,
            "started": state.started,
            "document": json.dumps(asdict(state)),
        }
        with self._database.transaction():
            self._database.insert("runs", row, replace=True)
            self._database.execute("DELETE FROM run_steps WHERE run = ?", [state.run])

    def save_steps(self, run: str, steps: Mapping[str, StepState]) -> None:
        """Keep some steps of a run as they are now: a run of many steps is not written anew for each of them."""
        with self._database.unsynced():
            for name, step in steps.items():
                row: dict[str, Value] = {"run": run, "step": name, "document": json.dumps(asdict(step))}
                self._database.insert("run_steps", row, replace=True)

    def run(self, run: str) -> RunState | None:
        """One run, or None."""
        rows = self._select("runs", "run", "WHERE run = ?", [run])
        return self._whole(rows[0]) if rows else None

    def runs(self, recipe: str = "") -> Iterator[RunState]:
        """The runs of this computer, newest first; of one recipe when named."""
        where = "WHERE recipe = ? OR ? = '' ORDER BY started DESC, run DESC"
        yield from map(self._whole, self._select("runs", "run", where, [recipe, recipe]))

    def forget_run(self, run: str) -> None:
        """Remove a run; what it made stays."""
        with self._database.transaction():
            for table in ("runs", "run_steps"):
                self._database.execute(f"DELETE FROM {table} WHERE run = ?", [run])  # noqa: S608 - our own names

    @property
    def _database(self) -> Database:
        with self._opening:
            if self._opened is None:
                self._opened = open_database(self._path, _SCHEMA)
            return self._opened

    def _whole(self, row: dict[str, Value]) -> RunState:
        document = json.loads(str(row["document"]))
        for newer in self._select("run_steps", "step", "WHERE run = ?", [row["run"]]):
            document["steps"][newer["step"]] = json.loads(str(newer["document"]))
        return run_state(document)

    def _select(self, table: str, key: str, rest: str, parameters: Sequence[Value] = ()) -> list[dict[str, Value]]:
        return self._database.select(table, key, rest, parameters) if self._path.exists() else []

    def _settle(self) -> None:
        made, self._made = self._made, []
        if made:
            with self._database.transaction():
                for family, key in made:
                    self._put(family, key, "made")

    def _put(self, family: Family, key: Key, state: str) -> None:
        row: dict[str, Value] = {
            "creation": key.digest,
            "family": family,
            "kind": key.kind,
            "slug": key.slug,
            "state": state,
            "written": self._clock(),
        }
        self._database.insert("intentions", row, replace=True)


def _key(row: dict[str, Any]) -> Key:
    return Key(row["kind"], row["slug"], row["creation"])
