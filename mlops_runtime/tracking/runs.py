"""Runs as the client of one job reports them: metrics to the job's own record, all else to files beside its outputs.

mlflow/<run>/metrics.jsonl   every value of the run under the name the script gave it
mlflow/<run>/run.json        its name, parent, status, parameters, tags, latest values; written when its status changes
mlflow/<run>/artifacts/      what the client itself writes

A run that has a parent is a trial of the script's own making: its metrics stay in its folder, since the parent's or a
sister's have the same names.
"""

from __future__ import annotations

import json
import os
import time

from mlops_runtime import record_file
from mlops_runtime.metrics import recorded_name, recorded_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional

    from mlops_runtime.metrics import MetricsFile

_PARENT = "mlflow.parentRunId"
_NAME = "mlflow.runName"
_MOST_RUNS = 10_000
_MOST_NAMES = 200_000  # of parameters, tags and metrics together
_LARGEST_STEP = 2**63


class RefusedError(Exception):
    """A request that cannot be answered; `code` is MLflow's own word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Run:
    """One run."""

    def __init__(self, run_id: str, experiment: str, folder: str, given: Dict[str, Any]) -> None:
        self.id = run_id
        self.experiment = experiment
        self.folder = os.path.join(folder, run_id)
        self.status = "RUNNING"
        self.started = _whole(given.get("start_time"), _now())
        self.ended: Optional[int] = None
        self.deleted = False
        self.tags = pairs_of(given.get("tags"))
        self.name = str(given.get("run_name") or self.tags.get(_NAME) or "run-" + run_id[:8])
        self.tags[_NAME] = self.name
        self.user = str(given.get("user_id") or "")
        self.parameters: Dict[str, str] = {}
        self.latest: Dict[str, Dict[str, Any]] = {}

    @property
    def is_the_jobs(self) -> bool:
        """Whether its metrics are the job's."""
        return _PARENT not in self.tags

    def document(self) -> Dict[str, Any]:
        """The run in the form of MLflow's API."""
        metrics = [dict(metric, key=key) for key, metric in self.latest.items()]
        data = {"metrics": metrics, "params": _listed(self.parameters), "tags": _listed(self.tags)}
        return {"info": self.info(), "data": data, "inputs": {}}

    def info(self) -> Dict[str, Any]:
        """Its head in the form of MLflow's API."""
        found = {
            "run_id": self.id,
            "run_uuid": self.id,
            "run_name": self.name,
            "experiment_id": self.experiment,
            "user_id": self.user,
            "status": self.status,
            "start_time": self.started,
            "artifact_uri": file_uri(os.path.join(self.folder, "artifacts")),
            "lifecycle_stage": "deleted" if self.deleted else "active",
        }
        return found if self.ended is None else dict(found, end_time=self.ended)

    def write(self) -> None:
        """Put what is known of it into its folder."""
        known = {
            "name": self.name,
            "parent": self.tags.get(_PARENT),
            "status": self.status,
            "parameters": self.parameters,
            "tags": self.tags,
            "metrics": {name: metric["value"] for name, metric in self.latest.items()},
        }
        record_file.write(os.path.join(self.folder, "run.json"), json.dumps(known, indent=1) + "\n")

    def history(self) -> Iterator[Dict[str, Any]]:
        """Every value it reported, in order, in the form of MLflow's API."""
        try:
            with open(os.path.join(self.folder, "metrics.jsonl"), encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)
        except FileNotFoundError:
            return


class Runs:
    """All runs of a job; not for two threads at once."""

    def __init__(self, folder: str, metrics: MetricsFile, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._metrics = metrics
        self._say = say
        self._runs: Dict[str, Run] = {}
        self._renamed: Dict[str, str] = {}
        self._names = 0

    def create(self, experiment: str, given: Dict[str, Any]) -> Run:
        """A new run."""
        if len(self._runs) >= _MOST_RUNS:
            raise RefusedError("RESOURCE_EXHAUSTED", "a job may have %d runs" % _MOST_RUNS)
        run = Run(os.urandom(16).hex(), experiment, self.folder, given)
        os.makedirs(os.path.join(run.folder, "artifacts"), exist_ok=True)
        self._runs[run.id] = run
        return run

    def get(self, run_id: object) -> Run:
        """The run of that id."""
        run = self._runs.get(str(run_id))
        if run is None:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST", "no run has the id %.40r" % (run_id,))
        return run

    def of_experiments(self, experiments: List[str]) -> List[Run]:
        """Their runs, the newest first."""
        return [run for run in reversed(list(self._runs.values())) if run.experiment in experiments]

    def log(self, run: Run, metrics: List[Dict[str, Any]]) -> None:
        """Record values; one that MLflow's client could not have sent is refused before any is recorded."""
        taken = [_checked(metric) for metric in metrics]
        for metric in taken:
            self.remember(run.latest, metric["key"], {n: metric[n] for n in ("value", "timestamp", "step")})
        with open(os.path.join(run.folder, "metrics.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(json.dumps(metric) + "\n" for metric in taken)
        if run.is_the_jobs:
            self._metrics.write(map(self._record, taken))

    def remember(self, table: Dict[str, Any], name: str, value: object) -> None:
        """Put one value into a run's table, as long as there is room."""
        if name not in table:
            self._names += 1
        if self._names > _MOST_NAMES:
            raise RefusedError("RESOURCE_EXHAUSTED", "a job may report %d names" % _MOST_NAMES)
        table[name] = value

    def write(self) -> None:
        """Put what is known of each run into its folder."""
        for run in self._runs.values():
            run.write()

    def _record(self, metric: Dict[str, Any]) -> Dict[str, Any]:
        name = metric["key"]
        if name not in self._renamed:
            self._renamed[name] = recorded_name(name)
            if self._renamed[name] != name:
                self._say("metric %r is recorded as %s" % (name, self._renamed[name]))
        step = metric["step"] if metric["step"] >= 0 else None
        value = recorded_value(float(metric["value"]))
        return {"name": self._renamed[name], "value": value, "step": step, "time": metric["timestamp"] / 1000}


def pairs_of(given: object) -> Dict[str, str]:
    """MLflow's lists of {key, value} as a table; what is none is left out."""
    rows = given if isinstance(given, list) else []
    return {str(row["key"]): str(row.get("value", "")) for row in rows if isinstance(row, dict) and "key" in row}


def file_uri(path: str) -> str:
    """The path as MLflow's client reads it."""
    from urllib.parse import quote

    return "file://" + quote(path)


def _listed(table: Dict[str, str]) -> List[Dict[str, str]]:
    return [{"key": key, "value": value} for key, value in table.items()]


def _checked(metric: Dict[str, Any]) -> Dict[str, Any]:
    try:
        value = float(metric["value"])  # MLflow's own words for what JSON lacks are NaN, Infinity and -Infinity
        step, timestamp = _whole(metric.get("step"), 0), _whole(metric.get("timestamp"), _now())
        if abs(step) >= _LARGEST_STEP or not recorded_name(str(metric["key"])):
            raise ValueError(metric)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RefusedError("INVALID_PARAMETER_VALUE", "not a metric: %.200r" % (metric,)) from error
    return {"key": str(metric["key"]), "value": _as_json(value), "timestamp": timestamp, "step": step}


def _as_json(value: float) -> object:
    named = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return named.get(repr(value), value)


def _whole(given: Any, default: int) -> int:  # noqa: ANN401 - proto3 JSON writes large ones as texts
    return default if given is None else int(given)


def _now() -> int:
    return int(time.time() * 1000)
