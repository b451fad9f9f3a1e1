"""Match cells against a regular expression that may be catastrophic, without ever hanging.

A pattern in which at most one repetition may vary is matched here: it cannot backtrack beyond the cell's length. Any
other is matched in a child process under a deadline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.pattern_process import PatternProcess

CELL_LIMIT = 10_000
"""Characters; a longer cell does not match any pattern."""
DEADLINE = 10.0
"""Seconds for one batch of cells."""
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+\}|[(*+?{]", re.DOTALL)
_VARYING = frozenset("*+?{")


class Pattern:
    """A compiled pattern; use it as a context, which ends the child process."""

    def __init__(self, pattern: str, where: str, deadline: float = DEADLINE) -> None:
        self._text = pattern
        self._where = where
        self._deadline = deadline
        self._process: PatternProcess | None = None
        try:
            self._match = re.compile(pattern).fullmatch
        except (re.error, RecursionError, OverflowError) as exc:
            raise InvalidSpecError(f"{where}: not a regular expression", why=str(exc), fix="mend the pattern") from exc

    def __enter__(self) -> Pattern:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.close()

    def mismatches(self, cells: Sequence[str]) -> list[int]:
        """The places of the cells that the whole pattern does not match."""
        long = [place for place, cell in enumerate(cells) if len(cell) > CELL_LIMIT]
        cut = [cell[:CELL_LIMIT] for cell in cells] if long else cells
        return sorted({*long, *self._mismatches(cut)})

    def _mismatches(self, cells: Sequence[str]) -> list[int]:
        if _is_plain(self._text):
            return [place for place, cell in enumerate(cells) if self._match(cell) is None]
        if self._process is None:
            from mlops_cloud.analysis.pattern_process import PatternProcess

            self._process = PatternProcess(self._text, self._where, self._deadline)
        return self._process.mismatches(cells)


def _is_plain(pattern: str) -> bool:
    pieces = _PIECE.findall(pattern)
    return "(" not in pieces and sum(piece in _VARYING for piece in pieces) <= 1
