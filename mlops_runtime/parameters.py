"""A job's parameters: typed in a file, as texts on the command line, and back."""

from __future__ import annotations

import json
import os

from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

# Linux allows 131,071 bytes for one argument or environment entry (MAX_ARG_STRLEN).
LONGEST_TEXT = 100_000


def merged(path: str, *overrides: Dict[str, str]) -> Dict[str, Any]:
    """The parameters of the file under what a trial overrides; a text takes the type of the value it replaces."""
    found = _read(path) if path else {}
    for texts in overrides:
        for name, text in texts.items():
            found[name] = _typed(found.get(name), text)
    return found


def text_of(value: object) -> Optional[str]:
    """A value as an argument: texts byte for byte, true and false in lower case, lists as JSON; None for null."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def passable(text: str) -> bool:
    """Whether the operating system can hand this text to a process."""
    try:
        return "\0" not in text and len(os.fsencode(text)) <= LONGEST_TEXT
    except UnicodeEncodeError:
        return False


def only_in_file(parameters: Dict[str, Any]) -> List[str]:
    """The names of those that no process can be given: too long, or holding a NUL."""
    return [name for name, value in parameters.items() if not passable(name) or not passable(text_of(value) or "")]


def argv_of(parameters: Dict[str, Any]) -> List[str]:
    """The parameters as `--name value`, without nulls and without what cannot be an argument."""
    argv: List[str] = []
    kept_back = only_in_file(parameters)
    for name, value in parameters.items():
        text = text_of(value)
        if text is None or name in kept_back:
            continue
        # argparse takes a separate "-1e-05" or "-x" for an option.
        argv += ["--%s=%s" % (name, text)] if text.startswith("-") else ["--" + name, text]
    return argv


def _read(path: str) -> Dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise BadContractError("cannot read the parameters: %s: %s" % (path, error)) from error
    if not isinstance(found, dict):
        raise BadContractError("cannot read the parameters: %s holds no object" % path)
    return found


def _typed(replaced: object, text: str) -> object:
    if isinstance(replaced, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
