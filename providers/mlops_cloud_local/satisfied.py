"""Answers about what interpreters satisfy, kept in a small file: to find them out anew costs 50 ms."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import MlopsCloudError
from mlops_cloud_local import packages

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud_local.interpreters import Interpreter

_MOST = 200
"""Questions that are kept for one interpreter."""


class Satisfied:
    """Remembers, for each interpreter as long as its folders stay the same, which packages satisfy which lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, dict[str, Any]] | None = None
        self._new = False

    def by(self, python: Interpreter, lines: tuple[str, ...]) -> tuple[str, ...] | None:
        """The installed packages that satisfy the lines and all they need; None when they are not all there."""
        answers = self._answers(python)
        question = "\n".join(lines)
        if question not in answers:
            found = packages.satisfying(python, lines)
            answers[question] = None if found is None else list(found)
            self._new = True
        answer = answers[question]
        return None if answer is None else tuple(answer)

    def save(self) -> None:
        """Write down what was found out; a cache that cannot be written is none."""
        if not self._new or self._known is None:
            return
        from mlops_cloud.durable.files import write_atomic

        with suppress(MlopsCloudError):
            write_atomic(self._file, json.dumps(self._known).encode(), durable=False)
            self._new = False

    def _answers(self, python: Interpreter) -> dict[str, list[str] | None]:
        if self._known is None:
            self._known = self._read()
        stamp = packages.stamp(python)
        entry = self._known.get(python.path)
        if not entry or entry["stamp"] != stamp or len(entry["answers"]) > _MOST:
            entry = self._known[python.path] = {"stamp": stamp, "answers": {}}
        answers: dict[str, list[str] | None] = entry["answers"]
        return answers

    def _read(self) -> dict[str, dict[str, Any]]:
        with suppress(OSError, ValueError):
            known = json.loads(self._file.read_bytes())
            if isinstance(known, dict) and all({"stamp", "answers"} <= set(entry) for entry in known.values()):
                return known
        return {}
