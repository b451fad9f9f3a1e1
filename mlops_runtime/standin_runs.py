"""The runs of a process that the stand-in for mlflow keeps, and their folders under mlflow/ of MLOPS_OUTPUT_DIR."""

from __future__ import annotations

import atexit
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional


class RunInfo:
    """What a run says of itself."""

    def __init__(self, run_id: str, run_name: str) -> None:
        self.run_id = self.run_uuid = run_id
        self.run_name = run_name
        self.experiment_id = "0"
        self.status = "RUNNING"
        self.artifact_uri = folder(run_id, "artifacts")
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
        write(os.path.join(folder(self.info.run_id), "run.json"), json.dumps(known, indent=1) + "\n")


_stack: List[ActiveRun] = []
_last: List[ActiveRun] = []
_known: Dict[str, ActiveRun] = {}


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
    if run_id is not None and run_id not in _known:
        raise ValueError("this process has no run %s" % run_id)
    run = _known[run_id] if run_id else ActiveRun(run_name or "", _stack[-1] if _stack else None, tags or {})
    _known[run.info.run_id] = run
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


def current() -> ActiveRun:
    """The run that goes on, begun now when none was."""
    return _stack[-1] if _stack else start_run()


def folder(*parts: str) -> str:
    """The folder of all runs, or a place in it."""
    return os.path.join(os.environ.get("MLOPS_OUTPUT_DIR", "."), "mlflow", *parts)


def write(path: str, text: str) -> None:
    """Write a file; its folder is made when absent."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


@atexit.register
def _end_all() -> None:
    while _stack:
        end_run()
