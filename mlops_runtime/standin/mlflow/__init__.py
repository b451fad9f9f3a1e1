"""`import mlflow` in a job whose packages have none: metrics, parameters, tags and small files are kept with the job.

Metrics become `[metric] name=value step=0` lines on stdout. Parameters, tags and files go to the folder mlflow/ of
MLOPS_OUTPUT_DIR. What is not here raises AttributeError that says which package has it.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sys

from mlops_runtime.metrics import line, recorded_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, NoReturn, Optional

__all__ = [
    "active_run", "autolog", "end_run", "get_artifact_uri", "get_tracking_uri", "last_active_run", "log_artifact",
    "log_artifacts", "log_dict", "log_figure", "log_metric", "log_metrics", "log_param", "log_params", "log_text",
    "set_experiment", "set_experiment_tag", "set_tag", "set_tags", "set_tracking_uri", "start_run",
]  # fmt: skip

_REMEDY = "this job's packages have no mlflow, and its stand-in has no %s: write mlflow-skinny into the requirements"
_SAYING = "mlflow is not among this job's packages: %s does nothing here; write mlflow-skinny into the requirements"


class RunInfo:
    """What a run says of itself."""

    def __init__(self, run_id: str, run_name: str) -> None:
        self.run_id = self.run_uuid = run_id
        self.run_name = run_name
        self.experiment_id = "0"
        self.status = "RUNNING"
        self.artifact_uri = _folder(run_id, "artifacts")
        os.makedirs(self.artifact_uri)


class ActiveRun:
    """A run, ended by `end_run` or at the end of its `with` block."""

    def __init__(self, run_name: str, parent: Optional[ActiveRun], tags: Mapping[str, Any]) -> None:
        run_id = os.urandom(16).hex()
        self.info = RunInfo(run_id, run_name or "run-" + run_id[:8])
        self.parent = parent
        self.parameters: Dict[str, str] = {}
        self.tags: Dict[str, str] = {name: str(value) for name, value in tags.items()}

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        end_run("FINISHED" if kind is None else "FAILED")

    def write(self) -> None:
        """Put what is known of it into its folder."""
        known = {
            "name": self.info.run_name,
            "parent": self.parent.info.run_id if self.parent else None,
            "status": self.info.status,
            "parameters": self.parameters,
            "tags": self.tags,
        }
        _write(os.path.join(_folder(self.info.run_id), "run.json"), json.dumps(known, indent=1) + "\n")


_stack: List[ActiveRun] = []
_last: List[ActiveRun] = []
_runs: Dict[str, ActiveRun] = {}
_said: List[str] = []


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(_REMEDY % name)


class _NoSubmodules:
    """Asked last for a module that nobody found."""

    @staticmethod
    def find_spec(name: str, *_given: object) -> None:
        """Nothing, or the remedy for a module of MLflow's."""
        if name.startswith(__name__ + "."):
            raise ModuleNotFoundError(_REMEDY % name, name=name)


def start_run(
    run_id: Optional[str] = None,
    *_given: object,
    run_name: Optional[str] = None,
    nested: bool = False,
    tags: Optional[Mapping[str, Any]] = None,
    **_more: object,
) -> ActiveRun:
    """A new run, or one of this process again, which what is reported from now on belongs to."""
    if _stack and not nested:
        raise RuntimeError("Run with UUID %s is already active: end it first, or nested=True" % _stack[-1].info.run_id)
    if run_id is not None and run_id not in _runs:
        raise ValueError("this process has no run %s" % run_id)
    run = _runs[run_id] if run_id else ActiveRun(run_name or "", _stack[-1] if _stack else None, tags or {})
    _runs[run.info.run_id] = run
    _stack.append(run)
    _last[:] = [run]
    return run


def end_run(status: str = "FINISHED") -> None:
    """End the run that was started last."""
    if _stack:
        run = _stack.pop()
        run.info.status = status
        run.write()


def active_run() -> Optional[ActiveRun]:
    """The run that was started last and goes on."""
    return _stack[-1] if _stack else None


def last_active_run() -> Optional[ActiveRun]:
    """The run that was started last."""
    return _last[-1] if _last else None


def set_experiment(*_given: object, **_more: object) -> None:
    """Nothing: a job is one experiment."""


def set_tracking_uri(*_given: object) -> None:
    """Nothing: what is reported stays with the job; said once."""
    _say("set_tracking_uri")


def get_tracking_uri() -> str:
    """Where the runs are written."""
    return _folder()


def get_artifact_uri(artifact_path: Optional[str] = None) -> str:
    """The folder of the current run's files, or a file in it."""
    return os.path.join(_current().info.artifact_uri, *filter(None, [artifact_path]))


def log_metric(key: str, value: float, step: Optional[int] = None, *_given: object, **_more: object) -> None:
    """Report one value; the metrics of a nested run stay in its own folder."""
    log_metrics({key: value}, step)


def log_metrics(metrics: Mapping[str, float], step: Optional[int] = None, *_given: object, **_more: object) -> None:
    """Report values of one step."""
    run = _current()
    if run.parent is not None:
        rows = [{"key": key, "value": repr(float(value)), "step": step or 0} for key, value in metrics.items()]
        path = os.path.join(_folder(run.info.run_id), "metrics.jsonl")
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return
    for key, value in metrics.items():
        name = recorded_name(str(key))
        if name != key:
            _say_once("metric %r is recorded as %s" % (key, name))
        sys.stdout.write(line(name, float(value), max(int(step or 0), 0)))
    sys.stdout.flush()


def log_param(key: str, value: Any, *_given: object, **_more: object) -> Any:  # noqa: ANN401 - MLflow's signature
    """Note one parameter; another value for it is refused, as MLflow does."""
    log_params({key: value})
    return value


def log_params(params: Mapping[str, Any], *_given: object, **_more: object) -> None:
    """Note parameters."""
    run = _current()
    for key, value in params.items():
        known = run.parameters.setdefault(str(key), str(value))
        if known != str(value):
            raise ValueError("Changing param values is not allowed: %s was %r, and is %r now" % (key, known, value))
    run.write()


def set_tag(key: str, value: Any, *_given: object, **_more: object) -> None:  # noqa: ANN401 - MLflow's signature
    """Note one tag."""
    set_tags({key: value})


def set_tags(tags: Mapping[str, Any], *_given: object, **_more: object) -> None:
    """Note tags."""
    run = _current()
    run.tags.update((str(key), str(value)) for key, value in tags.items())
    run.write()


def set_experiment_tag(key: str, value: Any) -> None:  # noqa: ANN401 - MLflow's signature
    """Note a tag with the run."""
    set_tag(key, value)


def log_artifact(local_path: str, artifact_path: Optional[str] = None, **_more: object) -> None:
    """Keep a copy of a file."""
    target = os.path.join(get_artifact_uri(artifact_path), os.path.basename(str(local_path)))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(local_path, target)


def log_artifacts(local_dir: str, artifact_path: Optional[str] = None, **_more: object) -> None:
    """Keep a copy of a folder's files."""
    for parent, _, names in os.walk(local_dir):
        below = os.path.relpath(parent, local_dir)
        for name in names:
            log_artifact(os.path.join(parent, name), os.path.join(artifact_path or "", "" if below == "." else below))


def log_text(text: str, artifact_file: str, **_more: object) -> None:
    """Keep a text as a file."""
    _write(get_artifact_uri(artifact_file), text)


def log_dict(dictionary: Any, artifact_file: str, **_more: object) -> None:  # noqa: ANN401
    """Keep a value as a JSON file, whatever the file is called: YAML reads JSON."""
    log_text(json.dumps(dictionary, indent=2, default=str), artifact_file)


def log_figure(figure: Any, artifact_file: str, **options: Any) -> None:  # noqa: ANN401 - matplotlib's or plotly's
    """Keep a picture as a file."""
    path = get_artifact_uri(artifact_file)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if hasattr(figure, "savefig"):
        figure.savefig(path, **options.get("save_kwargs", {}))
    else:
        figure.write_html(path)


def autolog(*_given: object, **_options: object) -> None:
    """Nothing; said once."""
    _say("autolog")


def _current() -> ActiveRun:
    return _stack[-1] if _stack else start_run()


def _folder(*parts: str) -> str:
    return os.path.join(os.environ.get("MLOPS_OUTPUT_DIR", "."), "mlflow", *parts)


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _say(what: str) -> None:
    _say_once(_SAYING % what)


def _say_once(text: str) -> None:
    if text not in _said:
        _said.append(text)
        print("[mlops] " + text, file=sys.stderr, flush=True)


def _end_all() -> None:
    while _stack:
        end_run()


sys.meta_path.append(_NoSubmodules)
atexit.register(_end_all)
