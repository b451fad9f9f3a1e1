"""The user's code of one step: which files, and their identity."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_cloud.bundle.notebooks import SUFFIX, stripped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

T = TypeVar("T")
TEXT_SUFFIXES = frozenset(
    {".py", ".pyi", ".txt", ".md", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".sh", ".sql"}
)
# A file that changed this shortly before it was read may change again under the same stat (git: racy).
_RACY_NS = 50_000_000


@dataclass(frozen=True)
class Code:
    """The files of a step below `root`, as sorted posix paths; `digest` is equal wherever their text is equal."""

    root: Path
    entry: str
    files: tuple[str, ...]
    digest: str
    libraries: tuple[str, ...] = ()
    """The top-level modules it imports from elsewhere, without the standard library's; sorted."""


class FileDigests:
    """Remembers what was learned from files for as long as their stat stays the same: share one among many steps."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, Path], tuple[tuple[int, ...], Any]] = {}
        self.looked_at: dict[Path, list[int] | None] = {}
        """Every file and folder that was looked at, with size, times and inode then; None when it was not there."""

    def note(self, path: Path) -> None:
        """Keep how a path looks now, before it is read by other means."""
        try:
            stat = path.stat()
        except OSError:
            self.looked_at.setdefault(path, None)
        else:
            stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
            self.looked_at.setdefault(path, stamp)

    def ask(self, question: Callable[[Path], T], path: Path) -> T:
        """`question(path)`, or its earlier answer while size, times and inode of the file are the same."""
        stat = path.stat()
        state = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        self.looked_at.setdefault(path, list(state))
        known = self._known.get((question, path))
        if known is not None and known[0] == state:
            return known[1]  # type: ignore[no-any-return]
        answer = question(path)
        if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _RACY_NS:
            self._known[question, path] = (state, answer)
        return answer


def content(path: Path) -> bytes:
    """The file's bytes as they travel: CRLF becomes LF in text files, so a checkout's line endings do not count.

    Of a notebook travels what its author wrote: having run it in an editor does not count either.
    """
    data = path.read_bytes()
    if path.suffix == SUFFIX:
        return stripped(data)
    if path.suffix.lower() in TEXT_SUFFIXES and b"\0" not in data:
        return data.replace(b"\r\n", b"\n")
    return data


def size_and_sha256(path: Path) -> tuple[int, str]:
    """Of the content as it travels."""
    data = content(path)
    return len(data), hashlib.sha256(data).hexdigest()


def digest_of(root: Path, files: Iterable[str], digests: FileDigests) -> str:
    """The sha256 over the canonical JSON of every file's path, size and sha256."""
    rows = [[name, *digests.ask(size_and_sha256, root / name)] for name in files]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
