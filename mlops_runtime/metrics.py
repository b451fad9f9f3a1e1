"""The metric line on stdout, `[metric] auc=0.91 step=3`, and the record it becomes."""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Union

MARK = b"[metric] "
LONGEST_NAME = 250
_NUMBER = frozenset("0123456789+-.eE")
_NOT_FINITE = ("nan", "inf", "-inf")
_MOST_DIGITS = 18  # of a step: it fits a signed 64-bit integer


def line(name: str, value: float, step: Optional[int] = None) -> str:
    """The line that reports one value; ValueError for a name or step that would not be read back as it is."""
    number = float(value)
    text = "[metric] %s=%r%s\n" % (name, number, "" if step is None else " step=%d" % step)
    if parse(text.encode("utf-8", "replace")) is None:
        raise ValueError("not a metric: name %r, step %r (no spaces or '=' in a name, steps from 0)" % (name, step))
    return text


def recorded_name(name: str) -> str:
    """The nearest name that a line can hold: `_` for spaces, `=` and what cannot be printed, cut where lines end."""
    kept = (letter if letter.isprintable() and not letter.isspace() and letter != "=" else "_" for letter in name)
    return "".join(kept)[:LONGEST_NAME]


def recorded_value(value: float) -> Union[float, str]:
    """The value as the record holds it: what JSON lacks is a text."""
    text = repr(value)
    return text if text in _NOT_FINITE else value


def parse(text: bytes) -> Optional[Dict[str, Any]]:
    """The record {name, value, step} of a line that is exactly a metric line, else None."""
    if not text.startswith(MARK) or len(text) > LONGEST_NAME + 100:
        return None
    try:
        words = text.decode("utf-8").rstrip("\r\n")[len(MARK) :].split(" ")
    except UnicodeDecodeError:
        return None
    name, _, number = words[0].partition("=")
    value = _value(number)
    step = _step(words[1:])
    if value is None or step == _NO_STEP or not name or len(name) > LONGEST_NAME or not name.isprintable():
        return None
    return {"name": name, "value": value, "step": step}


_NO_STEP = -1


def _step(words: List[str]) -> Optional[int]:
    if not words:
        return None
    digits = words[0][len("step=") :]
    good = len(words) == 1 and words[0].startswith("step=") and digits.isascii() and digits.isdigit()
    return int(digits) if good and len(digits) <= _MOST_DIGITS else _NO_STEP


def _value(text: str) -> Union[float, str, None]:
    if text in _NOT_FINITE:
        return text
    try:
        value = float(text) if _NUMBER.issuperset(text) else None
    except ValueError:
        return None
    return repr(value) if value in (float("inf"), float("-inf")) else value


class MetricsFile:
    """metrics.jsonl: one JSON object a line, appended as the values arrive; made by the first one."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1

    def add(self, complete: bytes) -> None:
        """Append what the complete lines report."""
        records = [parse(text) for text in complete.splitlines() if text.startswith(MARK)]
        now = time.time()
        self.write(dict(record, time=now) for record in records if record is not None)

    def write(self, records: Iterable[Dict[str, Any]]) -> None:
        """Append records that have their time, in seconds since 1970."""
        rows = [json.dumps(record) + "\n" for record in records]
        if rows:
            os.write(self._opened(), "".join(rows).encode())

    def _opened(self) -> int:
        if self._fd < 0:
            os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        return self._fd
