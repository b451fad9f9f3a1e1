"""The one world a script sees on every platform: our names, and each cloud's own names as plain paths."""

from __future__ import annotations

import json
import os

from mlops_runtime.context import BadContractError
from mlops_runtime.parameters import passable, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Mapping, Tuple

    from mlops_runtime.context import Context


def environment_of(
    context: Context, parameters: Dict[str, Any], base: Mapping[str, str], *, archive: str, parameters_file: str
) -> Dict[str, str]:
    """The environment of the script's process, made of the shim's own and the job's."""
    found = dict(base)
    found.setdefault("PYTHONUNBUFFERED", "1")  # what a script prints is seen when it prints it
    found.update(_folders(context))
    found.update(_inputs(context.inputs))
    found["MLOPS_PARAMETERS"] = parameters_file
    found.update((name, text) for name, text in _hyperparameters(parameters).items() if passable(text))
    for name, text in _machine(context).items():
        found.setdefault(name, text)
    search = [context.work_dir, archive, *context.packages, base.get("PYTHONPATH", "")]
    found["PYTHONPATH"] = os.pathsep.join(path for path in search if path)
    if context.python:
        # So that `python` in a command is the job's interpreter.
        found["PATH"] = os.path.dirname(context.python) + os.pathsep + base.get("PATH", os.defpath)
    found.update(_secrets(context.secrets, base))
    return found


def variable(name: str) -> str:
    """A name as environment variables are written: upper case, `_` for what is neither letter nor digit."""
    return "".join(letter if letter.isalnum() else "_" for letter in name).upper()


def _folders(context: Context) -> Dict[str, str]:
    return {
        "MLOPS_MODEL_DIR": context.model_dir,
        "MLOPS_OUTPUT_DIR": context.output_dir,
        "MLOPS_CHECKPOINT_DIR": context.checkpoint_dir,
        "SM_MODEL_DIR": context.model_dir,
        "SM_OUTPUT_DATA_DIR": context.output_dir,
        "SM_CHANNELS": json.dumps(sorted(context.inputs)),
        "AIP_MODEL_DIR": context.model_dir,
        "AIP_CHECKPOINT_DIR": context.checkpoint_dir,
        "AIP_TENSORBOARD_LOG_DIR": context.tensorboard_dir,
    }


def _inputs(inputs: Dict[str, str]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for name, path in inputs.items():
        folder, single = _place(name, path)
        if "MLOPS_INPUT_" + variable(name) in found:
            raise BadContractError("two inputs would be called MLOPS_INPUT_%s" % variable(name))
        found["MLOPS_INPUT_" + variable(name)] = folder
        found["SM_CHANNEL_" + variable(name)] = folder
        if single:
            found["MLOPS_INPUT_%s_FILE" % variable(name)] = single
    return found


def _place(name: str, path: str) -> Tuple[str, str]:
    if os.path.isfile(path):
        return os.path.dirname(path), path
    try:
        with os.scandir(path) as entries:
            return path, _only_file(entries)
    except OSError as error:
        raise BadContractError("input %s: cannot read %s: %s" % (name, path, error.strerror)) from error


def _only_file(entries: Iterable[os.DirEntry[str]]) -> str:
    seen = ""
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if seen or not entry.is_file():
            return ""
        seen = entry.path
    return seen


def _hyperparameters(parameters: Dict[str, Any]) -> Dict[str, str]:
    found = {"SM_HPS": json.dumps(parameters)}
    for name, value in parameters.items():
        text = text_of(value)
        if text is not None:
            found["SM_HP_" + variable(name)] = text
    return found


def _machine(context: Context) -> Dict[str, str]:
    devices = os.listdir("/dev") if os.path.isdir("/dev") else []
    gpus = sum(device.startswith("nvidia") and device[6:].isdigit() for device in devices)
    return {
        "SM_HOSTS": json.dumps(list(context.hosts)),
        "SM_CURRENT_HOST": context.current_host,
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": str(gpus),
    }


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
