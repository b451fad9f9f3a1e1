"""What to execute for an entry: a script, a module, a notebook, or the user's own command."""

from __future__ import annotations

import os

from mlops_runtime.context import BadContractError
from mlops_runtime.parameters import argv_of, text_of
from mlops_runtime.places import only_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Union

    from mlops_runtime.context import Context

_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")


def argv_for(entry: Dict[str, Any], context: Context, parameters: Dict[str, Any], python: str) -> List[str]:
    """The argument vector; only a command that the user wrote as one text goes through a shell."""
    kind, value = entry["kind"], entry["value"]
    if kind == "command":
        return _command(value, _References(entry, context, parameters)) + list(context.arguments)
    if kind == "notebook":
        return [python, "-m", "mlops_runtime.notebook", value]  # its parameters are in the file
    start = [python, "-m", value] if kind == "module" else _script(value, context.work_dir, python)
    return start + argv_of(parameters) + list(context.arguments)


def through_a_shell(argv: List[str]) -> bool:
    """Whether the process started is a shell, whose own children do the work."""
    return os.path.basename(argv[0]) in _SHELLS


def _script(value: str, work_dir: str, python: str) -> List[str]:
    plain = "./" + value
    if value.endswith(".py"):
        return [python, plain if value.startswith("-") else value]
    if value.endswith(".sh"):
        return [*_shell_of(os.path.join(work_dir, value)), plain]
    if os.access(os.path.join(work_dir, value), os.X_OK):
        return [plain]
    raise BadContractError("cannot tell how to start %s: it is no .py, no .sh, and has no #! line" % value)


def _shell_of(path: str) -> List[str]:
    """The shell that the script's #! line asks for, with its options; sh without such a line."""
    with open(path, "rb") as file:
        first = file.readline(1000).decode("utf-8", "replace")
    words = first[2:].split() if first.startswith("#!") else []
    if words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if word != "-S"]
    return words if words and os.path.basename(words[0]) in _SHELLS else ["sh"]


def _command(value: Union[str, List[str]], references: _References) -> List[str]:
    if isinstance(value, list):
        return [_substituted(part, references, str) for part in value]
    import shlex

    return ["sh", "-c", _substituted(value, references, shlex.quote)]


def _substituted(text: str, references: _References, quote: Callable[[str], str]) -> str:
    start, *rest = text.split("${{")
    for piece in rest:
        name, closed, after = piece.partition("}}")
        if not closed:
            raise BadContractError("the command has ${{ without }}: %r" % text)
        start += quote(references.value(name.strip())) + after
    return start


class _References:
    """`inputs.x`, `outputs.y` and `parameters.z` of one job."""

    def __init__(self, entry: Dict[str, Any], context: Context, parameters: Dict[str, Any]) -> None:
        self._context = context
        self._declared: Dict[str, str] = entry.get("outputs", {})
        self._file_inputs: List[str] = entry.get("file_inputs", [])
        self._parameters = parameters

    def value(self, name: str) -> str:
        kind, _, key = name.partition(".")
        if kind == "inputs" and key in self._context.inputs:
            return self._input(key)
        # Azure ML calls a plain value an input too.
        if kind in ("parameters", "inputs") and key in self._parameters:
            return text_of(self._parameters[key]) or ""
        if kind == "outputs":
            return self._output(key)
        raise BadContractError("the command uses ${{ %s }}, which this job does not have" % name)

    def _input(self, key: str) -> str:
        path = self._context.inputs[key]
        return (only_file(path) or path) if key in self._file_inputs else path

    def _output(self, key: str) -> str:
        context = self._context
        if key in self._declared:
            path = os.path.join(context.output_dir, self._declared[key])
            os.makedirs(path if path.endswith("/") else os.path.dirname(path), exist_ok=True)
            return path
        ours = {"model": context.model_dir, "output": context.output_dir, "checkpoint": context.checkpoint_dir}
        path = context.outputs.get(key) or ours.get(key, "")
        if not path:
            raise BadContractError("the command uses ${{ outputs.%s }}, which this job does not declare" % key)
        return path
