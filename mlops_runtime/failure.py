"""The record of a job that did not succeed: what a caller reads instead of its whole log."""

from __future__ import annotations

import json

from mlops_runtime import record_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Tuple

    from mlops_runtime.context import Context

LAST_LINES = 20
_LONGEST_LINE = 4096
_LONGEST_WORDS = 1000
_LONGEST_TRACEBACK = 32 * 1024
_PLATFORM_LIMIT = 1024  # of SageMaker's failure and exit messages
_HEAD = "Traceback (most recent call last):"
_GROUP = "+ Exception Group " + _HEAD
_SYNTAX = ("SyntaxError", "IndentationError", "TabError")


def traceback_of(errors: str) -> Tuple[str, str, str]:
    """The last Python traceback in the text, its error's type and its message; three empty texts without one."""
    lines = _visible(errors)
    start = max((index for index, line in enumerate(lines) if _is_head(line)), default=-1)
    if start < 0:
        return _syntax_error(lines)
    prefix = "  | " if lines[start].endswith(_GROUP) else ""
    for index in range(start + 1, len(lines)):
        line = lines[index][len(prefix) :]
        if line and line[0] not in " |+":
            kind, _, message = line.partition(": ")
            kept = lines[start:] if prefix else lines[start : index + 1] + _notes(lines[index + 1 :])
            return "\n".join(kept)[:_LONGEST_TRACEBACK], kind, message
    return "\n".join(lines[start:])[:_LONGEST_TRACEBACK], "", ""


def _is_head(line: str) -> bool:
    # A progress bar may stand before it; the frames of a group's members stand behind a bar.
    return line.endswith(_HEAD) and not line.lstrip().startswith("|")


def _visible(text: str) -> List[str]:
    """The lines as a terminal leaves them: what a carriage return overwrote is gone."""
    return [line.rstrip("\r").rpartition("\r")[2] for line in text.rstrip("\r\n").split("\n")]


def _notes(lines: List[str]) -> List[str]:
    # A message of several lines goes on to the end: nothing tells it from what follows.
    return lines[:LAST_LINES]


def _syntax_error(lines: List[str]) -> Tuple[str, str, str]:
    # The main script's own syntax error is printed without a head.
    for index in range(len(lines) - 1, -1, -1):
        kind, _, message = lines[index].partition(": ")
        if kind in _SYNTAX:
            start = index
            while start and lines[start - 1].startswith("  "):
                start -= 1
            return "\n".join(lines[start : index + 1]), kind, message
    return "", "", ""


def last_words(errors: str) -> str:
    """What a program without a traceback said last: the last line that is not indented, with those below it."""
    lines = [line.rstrip() for line in _visible(errors) if line.strip()]
    start = max((index for index, line in enumerate(lines) if line[0] not in " \t"), default=len(lines))
    return "\n".join(lines[start:])[:_LONGEST_WORDS]


def write(context: Context, record: Dict[str, Any], secrets: Iterable[str]) -> None:
    """Write the record to the job's failure file, and its message where the platform looks for one."""
    shown = _masked(record, secrets)
    record_file.write(context.failure_file, json.dumps(shown, indent=1) + "\n")
    if context.failure_text:
        kind = shown["error_type"]
        record_file.write(context.failure_text, ((kind + ": " if kind else "") + shown["message"])[:_PLATFORM_LIMIT])


def record_of(reason: str, message: str, **known: object) -> Dict[str, Any]:
    """A failure's record with every field there."""
    empty: Dict[str, Any] = {"exit_code": None, "signal": None, "error_type": "", "traceback": "", "log_tail": []}
    return dict(empty, reason=reason, message=message, **known)


def last_lines(log: str) -> List[str]:
    """The last lines of a log, each cut to 4 KiB."""
    return [line[:_LONGEST_LINE] for line in _visible(log)[-LAST_LINES:]]


def _masked(record: Dict[str, Any], secrets: Iterable[str]) -> Dict[str, Any]:
    shown = dict(record)
    for secret in filter(None, secrets):
        for name, value in shown.items():
            if isinstance(value, str):
                shown[name] = value.replace(secret, "***")
            elif isinstance(value, list):
                shown[name] = [line.replace(secret, "***") for line in value]
    return shown
