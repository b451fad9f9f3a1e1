"""What every platform tells a job, in one form."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Sequence


class BadContractError(Exception):
    """The platform, the archive or the script broke the agreement between them: exit 20."""


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else ""


class Context:
    """The folders and files of one job, all as absolute local paths."""

    def __init__(
        self,
        *,
        inputs: Dict[str, str],
        model_dir: str,
        output_dir: str,
        checkpoint_dir: str,
        metrics_file: str,
        failure_file: str,
        work_dir: str,
        parameters_file: str = "",
        overrides: Optional[Dict[str, str]] = None,
        outputs: Optional[Dict[str, str]] = None,
        python: str = "",
        packages: Sequence[str] = (),
        wheels: str = "",
        arguments: Sequence[str] = (),
        secrets: Optional[Dict[str, str]] = None,
        failure_text: str = "",
        tensorboard_dir: str = "",
        hosts: Sequence[str] = ("algo-1",),
        current_host: str = "algo-1",
    ) -> None:
        self.inputs = {name: _absolute(path) for name, path in inputs.items()}
        self.outputs = {name: _absolute(path) for name, path in (outputs or {}).items()}
        self.model_dir = _absolute(model_dir)
        self.output_dir = _absolute(output_dir)
        self.checkpoint_dir = _absolute(checkpoint_dir)
        self.tensorboard_dir = _absolute(tensorboard_dir or output_dir + "/logs")
        self.metrics_file = _absolute(metrics_file)
        self.failure_file = _absolute(failure_file)
        self.failure_text = _absolute(failure_text)
        self.work_dir = _absolute(work_dir)
        self.parameters_file = _absolute(parameters_file)
        self.packages = [_absolute(path) for path in packages]
        self.wheels = _absolute(wheels)
        self.installed = ""  # the folder that the wheels were installed to
        self.python = python
        self.overrides = overrides or {}
        self.arguments = arguments
        self.secrets = secrets or {}
        self.hosts = hosts
        self.current_host = current_host
