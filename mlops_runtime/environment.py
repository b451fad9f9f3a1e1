"""The one world a script sees on every platform: our names, and each cloud's own names as plain paths."""

from __future__ import annotations

import os

from mlops_runtime import sagemaker_names, vertex_names
from mlops_runtime.context import BadContractError
from mlops_runtime.parameters import passable
from mlops_runtime.places import folder_of, only_file, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Tuple

    from mlops_runtime.context import Context


def environment_of(
    context: Context,
    parameters: Dict[str, Any],
    base: Mapping[str, str],
    *,
    archive: str,
    entry: Dict[str, Any],
    parameters_file: str,
) -> Dict[str, str]:
    """The environment of the script's process, made of the shim's own and the job's."""
    found = dict(base)
    found.setdefault("PYTHONUNBUFFERED", "1")  # what a script prints is seen when it prints it
    found.update(_folders(context))
    found.update(_inputs(context.inputs))
    found["MLOPS_PARAMETERS"] = parameters_file
    theirs = {**sagemaker_names.of_job(context, parameters, entry), **vertex_names.of_job(context)}
    found.update((name, text) for name, text in theirs.items() if passable(text))
    for name, text in {**sagemaker_names.of_machine(context), **vertex_names.of_machine()}.items():
        found.setdefault(name, text)
    search = [context.work_dir, archive, *context.packages, context.installed, base.get("PYTHONPATH", "")]
    found["PYTHONPATH"] = os.pathsep.join(path for path in search if path)
    # So that `python` in a command is the job's interpreter, and what the wheels brought is found.
    first = [os.path.dirname(context.python), context.installed and os.path.join(context.installed, "bin")]
    if any(first):
        found["PATH"] = os.pathsep.join([*filter(None, first), base.get("PATH", os.defpath)])
    found.update(_secrets(context.secrets, base))
    return found


def _folders(context: Context) -> Dict[str, str]:
    return {
        "MLOPS_MODEL_DIR": context.model_dir,
        "MLOPS_OUTPUT_DIR": context.output_dir,
        "MLOPS_CHECKPOINT_DIR": context.checkpoint_dir,
    }


def _inputs(inputs: Dict[str, str]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for name, path in inputs.items():
        folder, single = _place(name, path)
        if "MLOPS_INPUT_" + variable(name) in found:
            raise BadContractError("two inputs would be called MLOPS_INPUT_%s" % variable(name))
        found["MLOPS_INPUT_" + variable(name)] = folder
        if single:
            found["MLOPS_INPUT_%s_FILE" % variable(name)] = single
    return found


def _place(name: str, path: str) -> Tuple[str, str]:
    try:
        return folder_of(path), only_file(path)
    except OSError as error:
        raise BadContractError("input %s: cannot read %s: %s" % (name, path, error.strerror)) from error


def _secrets(sources: Dict[str, str], base: Mapping[str, str]) -> Dict[str, str]:
    return {name: _secret(name, source, base) for name, source in sources.items()}


def _secret(name: str, source: str, base: Mapping[str, str]) -> str:
    kind, _, place = source.partition(":")
    if kind == "env" and place in base:
        return base[place]
    if kind == "file":
        try:
            with open(place, encoding="utf-8") as file:
                return file.read().rstrip("\n")
        except (OSError, ValueError) as error:
            raise BadContractError("secret %s: cannot read its file: %s" % (name, type(error).__name__)) from error
    raise BadContractError("secret %s: there is nothing at its source" % name)
