"""skops.io without the half second in which it imports every module of scikit-learn.

skops lists the types it trusts by default by importing all of scikit-learn's estimators (_trusted_types.py,
SKLEARN_ESTIMATOR_TYPE_NAMES). Writing a file needs no such list, and reading one brings an allow-list of its own.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Iterator, List


@contextmanager
def skops_io() -> Iterator[ModuleType]:
    """The module skops.io for the length of the block; it trusts no estimator that it is not told to trust.

    Afterwards the process is as before: a script that imports skops itself gets it whole.
    """
    whole = sys.modules.get("skops.io")
    if whole is not None:
        yield whole
        return
    try:
        yield _imported()
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "skops"]:
            del sys.modules[name]


def _imported() -> ModuleType:
    import sklearn.utils

    listed = sklearn.utils.all_estimators
    sklearn.utils.all_estimators = _none
    try:
        return importlib.import_module("skops.io")
    finally:
        sklearn.utils.all_estimators = listed


def _none(*_: object, **__: object) -> List[object]:
    return []
