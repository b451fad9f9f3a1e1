"""How the server's interpreter was when it began, which is how a script's has to be when that begins."""

from __future__ import annotations

import os
import sys

from mlops_cloud.processes.warm.server.preloading import top_level_names
from mlops_cloud.processes.warm.server.token import TokenPlace
from mlops_cloud.processes.warm.variables import decisive

_LOCALE = "LC_CTYPE"


class Initial:
    """Made before anything is imported, completed by `imported`."""

    def __init__(self) -> None:
        self.token = TokenPlace()
        self.path = list(sys.path)
        with open("/proc/self/environ", "rb") as file:
            entries = os.fsdecode(file.read()).split("\0")
        given = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        self.variables = decisive(given)
        # An interpreter that is given no locale chooses one, and tells its children by this variable (PEP 538).
        self.chosen = {_LOCALE: os.environ[_LOCALE]} if _LOCALE in os.environ and _LOCALE not in given else {}
        self.names: frozenset[str] = frozenset()

    def imported(self) -> None:
        """All is imported now."""
        self.names = top_level_names()
