"""Import what the jobs will import: nothing is computed, since a thread pool that ever ran hangs every copy."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys

_EVERYWHERE = (  # what server and shim need, and scripts of the standard library like to import
    "argparse", "array", "csv", "dataclasses", "datetime", "json", "logging", "pathlib", "random", "subprocess",
    "tempfile", "traceback", "typing", "warnings", "zipfile",
)  # fmt: skip
_OWN = (
    "mlops_runtime.start", "mlops_runtime.worlds.job_file", "mlops_cloud.processes.supervisor.main",
    "mlops_cloud.processes.start_note",
)  # fmt: skip
_SKOPS = "skops.io"


def preload(names: list[str]) -> None:
    """Import these modules, as far as they are installed, and let the collector look at none of it again."""
    gc.disable()  # each copy would write to every page that a collection visits
    for name in (*_EVERYWHERE, *_OWN, *names):
        if name in _OWN or name in _EVERYWHERE or _is_installed(name):
            _import(name)
    gc.collect()
    gc.freeze()
    gc.enable()


def preload_more(name: str) -> None:
    """Import one more module while jobs may come; one that cannot be imported is left for a job to complain of."""
    gc.disable()
    try:
        if _is_installed(name):
            _import(name)
    except Exception:  # noqa: BLE001 - whatever a module does
        return
    finally:
        gc.freeze()
        gc.enable()


def threads() -> int:
    """How many threads this process has now."""
    return len(os.listdir("/proc/self/task"))


def _is_installed(name: str) -> bool:
    top, _, below = name.partition(".")
    if importlib.util.find_spec(top) is None:
        return False
    return not below or name == _SKOPS or importlib.util.find_spec(name) is not None


def _import(name: str) -> None:
    if name == _SKOPS:
        from mlops_runtime.skops_import import skops_io

        with skops_io():  # a script that imports skops itself gets it whole; what it stands on stays
            return
    importlib.import_module(name)


def top_level_names() -> frozenset[str]:
    """The names that would be another module if a job's folder had a file of that name."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    return frozenset(loaded | {"sitecustomize", "usercustomize"}) - {"__main__", "mlops_cloud", "mlops_runtime"}
