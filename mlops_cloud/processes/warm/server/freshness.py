"""Whether what was imported is still what is installed."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ZONE = "/etc/localtime"
_SITE_FOLDERS = ("site-packages", "dist-packages")
_OURS = ("mlops_cloud", "mlops_runtime")


class Freshness:
    """The state of interpreter, time zone, site-packages and every folder that a module came from, as first seen."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int, int] | None] = {}

    def look(self) -> None:
        """Note the state of what was imported since the last look."""
        for path in _paths():
            if path not in self._seen:
                self._seen[path] = _stamp(path)

    def lasts(self) -> bool:
        """Whether all of it is as it was."""
        return all(_stamp(path) == stamp for path, stamp in self._seen.items())


def _paths() -> Iterator[str]:
    yield from (sys.executable, _ZONE)
    yield from (folder for folder in sys.path if os.path.basename(folder) in _SITE_FOLDERS)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield os.path.dirname(file)
            if name.partition(".")[0] in _OURS:
                yield file


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
