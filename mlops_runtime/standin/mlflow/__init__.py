"""`import mlflow` in a job whose packages have none: metrics, parameters, tags and small files are kept with the job.

Metrics become `[metric] name=value step=0` lines on stdout. Parameters, tags and files go to the folder mlflow/ of
MLOPS_OUTPUT_DIR. What is not here raises AttributeError that says which package has it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys

from mlops_runtime.metrics import line, recorded_name
from mlops_runtime.standin_remedy import NoSubmodules, remedy, say_nothing_is_done, say_once
from mlops_runtime.standin_runs import active_run, current, end_run, folder, last_active_run, start_run, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, NoReturn, Optional

__all__ = [
    "active_run", "autolog", "end_run", "get_artifact_uri", "get_tracking_uri", "last_active_run", "log_artifact",
    "log_artifacts", "log_dict", "log_figure", "log_metric", "log_metrics", "log_param", "log_params", "log_text",
    "set_experiment", "set_experiment_tag", "set_tag", "set_tags", "set_tracking_uri", "start_run",
]  # fmt: skip

sys.meta_path.append(NoSubmodules)


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(remedy(name))


def set_experiment(*_given: object, **_more: object) -> None:
    """Nothing: a job is one experiment."""


def set_tracking_uri(*_given: object) -> None:
    """Nothing: what is reported stays with the job; said once."""
    say_nothing_is_done("set_tracking_uri")


def get_tracking_uri() -> str:
    """Where the runs are written."""
    return folder()


def get_artifact_uri(artifact_path: Optional[str] = None) -> str:
    """The folder of the current run's files, or a file in it."""
    return os.path.join(current().info.artifact_uri, *filter(None, [artifact_path]))


def log_metric(key: str, value: float, step: Optional[int] = None, *_given: object, **_more: object) -> None:
    """Report one value; the metrics of a nested run stay in its own folder."""
    log_metrics({key: value}, step)


def log_metrics(metrics: Mapping[str, float], step: Optional[int] = None, *_given: object, **_more: object) -> None:
    """Report values of one step."""
    run = current()
    if run.parent is not None:
        rows = [{"key": key, "value": repr(float(value)), "step": step or 0} for key, value in metrics.items()]
        path = os.path.join(folder(run.info.run_id), "metrics.jsonl")
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return
    for key, value in metrics.items():
        name = recorded_name(str(key))
        if name != key:
            say_once("metric %r is recorded as %s" % (key, name))
        sys.stdout.write(line(name, float(value), max(int(step or 0), 0)))
    sys.stdout.flush()


def log_param(key: str, value: Any, *_given: object, **_more: object) -> Any:  # noqa: ANN401 - MLflow's signature
    """Note one parameter; another value for it is refused, as MLflow does."""
    log_params({key: value})
    return value


def log_params(params: Mapping[str, Any], *_given: object, **_more: object) -> None:
    """Note parameters."""
    run = current()
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
    run = current()
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
    write(get_artifact_uri(artifact_file), text)


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
    say_nothing_is_done("autolog")
