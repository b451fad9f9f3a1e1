"""MLflow's REST API as far as a training script's client uses it: each call from its fields to its answer."""

from __future__ import annotations

import os
import time

from mlops_runtime.tracking.runs import RefusedError, file_uri, pairs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List

    from mlops_runtime.tracking.runs import Run, Runs

    Fields = Dict[str, Any]

_DEFAULT = "0"
_MOST_THINGS = 10_000  # experiments, models or versions
_MOST_LISTED = 1000


class Api:
    """The calls by their path below /api/2.0/mlflow/; `{}` stands for an id in it."""

    def __init__(self, runs: Runs, say: Callable[[str], None]) -> None:
        self._runs = runs
        self._say = say
        self._experiments: Dict[str, str] = {_DEFAULT: "Default"}
        self._models: Dict[str, Fields] = {}
        self._versions: List[Fields] = []
        self.calls: Dict[str, Callable[[Fields], Fields]] = {
            "GET experiments/get-by-name": self._experiment_by_name,
            "GET experiments/get": lambda given: {"experiment": self._experiment(given.get("experiment_id"))},
            "POST experiments/create": self._create_experiment,
            "POST experiments/search": lambda _given: {"experiments": list(map(self._experiment, self._experiments))},
            "POST experiments/set-experiment-tag": lambda _given: {},
            "POST runs/create": self._create_run,
            "GET runs/get": lambda given: {"run": self._run(given).document()},
            "POST runs/update": self._update_run,
            "POST runs/delete": lambda given: self._set_deleted(given, deleted=True),
            "POST runs/restore": lambda given: self._set_deleted(given, deleted=False),
            "POST runs/search": self._search_runs,
            "POST runs/log-metric": self._log_metric,
            "POST runs/log-batch": self._log_batch,
            "POST runs/log-parameter": self._log_parameter,
            "POST runs/set-tag": self._set_tag,
            "POST runs/delete-tag": self._delete_tag,
            "POST runs/log-inputs": lambda _given: {},
            "POST runs/outputs": lambda _given: {},
            "POST runs/log-model": lambda _given: {},
            "GET metrics/get-history": self._history,
            "POST logged-models": self._create_model,
            "POST logged-models/search": lambda _given: {"models": list(self._models.values())},
            "GET logged-models/{}": lambda given: {"model": self._model(given)},
            "PATCH logged-models/{}": self._finish_model,
            "PATCH logged-models/{}/tags": self._tag_model,
            "POST logged-models/{}/params": self._parameterise_model,
            "POST registered-models/create": self._register,
            "GET registered-models/get": lambda given: {"registered_model": {"name": given.get("name", "")}},
            "POST model-versions/create": self._create_version,
            "GET model-versions/get": self._version,
        }

    def _experiment(self, experiment_id: object) -> Fields:
        name = self._experiments.get(str(experiment_id))
        if name is None:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST", "no experiment has the id %.40r" % (experiment_id,))
        place = file_uri(self._runs.folder)
        return {
            "experiment_id": str(experiment_id),
            "name": name,
            "artifact_location": place,
            "lifecycle_stage": "active",
        }

    def _experiment_by_name(self, given: Fields) -> Fields:
        for key, name in self._experiments.items():
            if name == given.get("experiment_name"):
                return {"experiment": self._experiment(key)}
        raise RefusedError("RESOURCE_DOES_NOT_EXIST", "no experiment has this name")

    def _create_experiment(self, given: Fields) -> Fields:
        name = str(given.get("name", ""))
        if name in self._experiments.values():
            raise RefusedError("RESOURCE_ALREADY_EXISTS", "there is an experiment %.100r" % name)
        key = str(len(self._experiments))
        _put(self._experiments, key, name)
        return {"experiment_id": key}

    def _run(self, given: Fields) -> Run:
        return self._runs.get(given.get("run_id") or given.get("run_uuid"))

    def _create_run(self, given: Fields) -> Fields:
        experiment = self._experiment(given.get("experiment_id") or _DEFAULT)["experiment_id"]
        return {"run": self._runs.create(experiment, given).document()}

    def _update_run(self, given: Fields) -> Fields:
        run = self._run(given)
        run.status = str(given.get("status") or run.status)
        run.ended = int(given["end_time"]) if given.get("end_time") else run.ended
        if given.get("run_name"):
            run.name = run.tags["mlflow.runName"] = str(given["run_name"])
        run.write()
        return {"run_info": run.info()}

    def _set_deleted(self, given: Fields, *, deleted: bool) -> Fields:
        self._run(given).deleted = deleted
        return {}

    def _search_runs(self, given: Fields) -> Fields:
        if given.get("filter"):
            raise RefusedError("NOT_IMPLEMENTED", "runs inside a job are listed by experiment, without a filter")
        wanted = given.get("experiment_ids") or [_DEFAULT]
        return {"runs": [run.document() for run in self._runs.of_experiments(wanted)[:_MOST_LISTED]]}

    def _log_metric(self, given: Fields) -> Fields:
        self._runs.log(self._run(given), [given])
        return {}

    def _log_batch(self, given: Fields) -> Fields:
        run = self._run(given)
        for key, value in pairs_of(given.get("params")).items():
            self._parameter(run, key, value)
        for key, value in pairs_of(given.get("tags")).items():
            self._runs.remember(run.tags, key, value)
        self._runs.log(run, [metric for metric in given.get("metrics") or [] if isinstance(metric, dict)])
        return {}

    def _log_parameter(self, given: Fields) -> Fields:
        self._parameter(self._run(given), str(given.get("key")), str(given.get("value")))
        return {}

    def _parameter(self, run: Run, key: str, value: str) -> None:
        known = run.parameters.get(key)
        if known is not None and known != value:
            message = "Changing param values is not allowed: %.100r was %.100r, and is %.100r now" % (key, known, value)
            raise RefusedError("INVALID_PARAMETER_VALUE", message)
        self._runs.remember(run.parameters, key, value)

    def _set_tag(self, given: Fields) -> Fields:
        self._runs.remember(self._run(given).tags, str(given.get("key")), str(given.get("value")))
        return {}

    def _delete_tag(self, given: Fields) -> Fields:
        if self._run(given).tags.pop(str(given.get("key")), None) is None:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST", "the run has no such tag")
        return {}

    def _history(self, given: Fields) -> Fields:
        return {"metrics": [row for row in self._run(given).history() if row["key"] == given.get("metric_key")]}

    def _create_model(self, given: Fields) -> Fields:
        key = "m-" + os.urandom(16).hex()
        place = os.path.join(self._runs.folder, "models", key, "artifacts")
        os.makedirs(place)
        now = int(time.time() * 1000)
        info = {
            "model_id": key,
            "experiment_id": str(given.get("experiment_id") or _DEFAULT),
            "name": str(given.get("name") or key),
            "creation_timestamp_ms": now,
            "last_updated_timestamp_ms": now,
            "artifact_uri": file_uri(place),
            "status": "LOGGED_MODEL_PENDING",
            "model_type": str(given.get("model_type") or ""),
            "source_run_id": str(given.get("source_run_id") or ""),
            "tags": given.get("tags") or [],
        }
        _put(self._models, key, {"info": info, "data": {"params": given.get("params") or [], "metrics": []}})
        return {"model": self._models[key]}

    def _model(self, given: Fields) -> Fields:
        model = self._models.get(str(given.get("id") or given.get("model_id")))
        if model is None:
            raise RefusedError("RESOURCE_DOES_NOT_EXIST", "no such logged model")
        return model

    def _finish_model(self, given: Fields) -> Fields:
        model = self._model(given)
        model["info"]["status"] = str(given.get("status") or "LOGGED_MODEL_READY")
        return {"model": model}

    def _tag_model(self, given: Fields) -> Fields:
        model = self._model(given)
        tags = {**pairs_of(model["info"]["tags"]), **pairs_of(given.get("tags"))}
        model["info"]["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
        return {"model": model}

    def _parameterise_model(self, given: Fields) -> Fields:
        self._model(given)["data"]["params"] += given.get("params") or []
        return {}

    def _register(self, given: Fields) -> Fields:
        self._say("mlflow's registry is not kept here: a step of kind model registers what lies in MLOPS_MODEL_DIR")
        return {"registered_model": {"name": str(given.get("name"))}}

    def _create_version(self, given: Fields) -> Fields:
        if len(self._versions) >= _MOST_THINGS:
            raise RefusedError("RESOURCE_EXHAUSTED", "too many versions")
        texts = {key: str(given[key]) for key in ("name", "source", "run_id") if given.get(key)}
        self._versions.append({**texts, "version": str(len(self._versions) + 1), "status": "READY"})
        return {"model_version": self._versions[-1]}

    def _version(self, given: Fields) -> Fields:
        for version in self._versions:
            if (version.get("name"), version["version"]) == (given.get("name"), given.get("version")):
                return {"model_version": version}
        raise RefusedError("RESOURCE_DOES_NOT_EXIST", "no such version")


def _put(table: Dict[str, Any], key: str, value: object) -> None:
    if len(table) >= _MOST_THINGS:
        raise RefusedError("RESOURCE_EXHAUSTED", "a job may have %d of these" % _MOST_THINGS)
    table[key] = value
