"""Match cells in a child process under a deadline: nothing stops Python's own matcher from inside a thread."""

from __future__ import annotations

import json
import subprocess
import sys
from threading import Timer
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHILD = """
import json, re, sys
match = re.compile(json.loads(sys.stdin.readline())).fullmatch
for line in sys.stdin:
    found = [place for place, cell in enumerate(json.loads(line)) if match(cell) is None]
    print(json.dumps(found), flush=True)
"""


class PatternProcess:
    """A child process that knows one pattern; `close` ends it."""

    def __init__(self, pattern: str, where: str, deadline: float) -> None:
        self._where = where
        self._deadline = deadline
        command = [sys.executable, "-I", "-S", "-c", _CHILD]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._send(pattern)

    def close(self) -> None:
        """End the process."""
        self._child.kill()
        with self._child:
            pass

    def mismatches(self, cells: Sequence[str]) -> list[int]:
        """The places that do not match; InvalidSpecError after the deadline."""
        guard = Timer(self._deadline, self._child.kill)
        guard.start()
        try:
            self._send(cells)
            found: list[int] = json.loads(self._child.stdout.readline() if self._child.stdout else "")
        except (OSError, ValueError) as exc:
            raise InvalidSpecError(
                f"{self._where}: the pattern took longer than {self._deadline:g} s",
                why="repetitions inside repetitions, or one after another, backtrack without end",
                fix="write it without them, e.g. a+ instead of (a+)+",
            ) from exc
        finally:
            guard.cancel()
            guard.join()
        return found

    def _send(self, document: object) -> None:
        if self._child.stdin:
            self._child.stdin.write(json.dumps(document) + "\n")  # ASCII, so no encoding matters
            self._child.stdin.flush()
