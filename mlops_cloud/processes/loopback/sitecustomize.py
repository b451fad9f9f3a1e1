"""Imported by `site` when a Python process starts with this folder on its PYTHONPATH: from then on it is watched."""

from __future__ import annotations

import sys

from mlops_loopback import refuse  # type: ignore[import-not-found]  # it lies in the same folder


def _next_one() -> None:
    """Import the `sitecustomize` that this one stands in front of, if there is one."""
    own = __file__.rpartition("/")[0]
    sys.path[:] = [entry for entry in sys.path if entry != own]
    ours = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ImportError:
        sys.modules["sitecustomize"] = ours


sys.addaudithook(refuse)
_next_one()
