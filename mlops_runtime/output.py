"""What a job prints, kept only as far as needed: complete lines as they come, and the last of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

LONGEST_LINE = 64 * 1024
_KEPT = 64 * 1024


class LineSplitter:
    """Turns chunks into runs of complete lines (a progress bar's CR ends one too); past 64 KiB a line is cut."""

    def __init__(self) -> None:
        self._partial = b""
        self._dropping = False

    def feed(self, chunk: bytes) -> bytes:
        """The lines that the chunk completes, ends included; empty when it completes none."""
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if not end:
            self._hold(chunk)
            return b""
        first, rest = chunk[:end], chunk[end:]
        if self._dropping:
            first = first[len(first.splitlines()[0]) :]
            self._dropping = False
        complete = self._partial + first
        self._partial = b""
        self._hold(rest)
        return complete

    def rest(self) -> bytes:
        """The last line when it has no end."""
        return self._partial

    def _hold(self, piece: bytes) -> None:
        if self._dropping or not piece:
            return
        self._partial += piece
        if len(self._partial) > LONGEST_LINE:
            self._partial = self._partial[:LONGEST_LINE]
            self._dropping = True


class Tail:
    """The last 64 KiB or so of a stream, at a cost that does not depend on how small the pieces are."""

    def __init__(self) -> None:
        self._pieces: List[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Remember the piece, forgetting what it pushes out."""
        self._pieces.append(piece[-_KEPT:])
        self._size += len(self._pieces[-1])
        if self._size > 4 * _KEPT:
            self._pieces = [b"".join(self._pieces)[-_KEPT:]]
            self._size = len(self._pieces[0])

    def text(self) -> str:
        """What is remembered; bytes that are no UTF-8 are replaced."""
        return b"".join(self._pieces)[-_KEPT:].decode("utf-8", "replace")
