"""Whether a job that succeeded wrote what it declares."""

from __future__ import annotations

import os

from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List

_SHOWN = 50


def check(declared: Dict[str, str], folder: str) -> None:
    """Refuse the job when a declared file, or anything in a declared folder, is not there."""
    missing = ["%s (%s)" % (name, path) for name, path in declared.items() if not _written(os.path.join(folder, path))]
    if missing:
        there = ", ".join(_listed(folder)) or "nothing"
        raise BadContractError(
            "the job ended well but did not write what it declares: %s. In MLOPS_OUTPUT_DIR there is: %s"
            % (", ".join(missing), there)
        )


def _written(path: str) -> bool:
    return bool(os.listdir(path)) if path.endswith("/") and os.path.isdir(path) else os.path.exists(path)


def _listed(folder: str) -> List[str]:
    found: List[str] = []
    for parent, folders, files in os.walk(folder):
        folders.sort()
        found += sorted(os.path.relpath(os.path.join(parent, name), folder) for name in files)
        if len(found) > _SHOWN:
            return [*found[:_SHOWN], "…"]
    return found
