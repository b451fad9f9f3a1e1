"""skops.io without the second in which it lists everything that it trusts by default.

For that list it imports all of scikit-learn's estimators, and looks through every loaded module for each of 300
functions of numpy and scipy (skops/io/_trusted_types.py). Writing a file needs no such list, and reading one here
brings an allow-list of its own, so empty lists stand in their place while skops is imported.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Iterator, List

_LISTS = "skops.io._trusted_types"
# No list of what is trusted, but of the only generators that skops knows how to make.
_GENERATORS = ["numpy.random." + name for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")]


@contextmanager
def skops_io() -> Iterator[ModuleType]:
    """The module skops.io for the length of the block; it trusts nothing that it is not told to trust.

    Afterwards the process is as before: a script that imports skops itself gets it whole.
    """
    whole = sys.modules.get("skops.io")
    if whole is not None:
        yield whole
        return
    try:
        yield _imported()
    finally:
        _forget()


def _imported() -> ModuleType:
    sys.modules[_LISTS] = _empty_lists()
    try:
        return importlib.import_module("skops.io")
    except (ImportError, AttributeError, TypeError):  # another skops than we know: slower, and as good
        _forget()
        return importlib.import_module("skops.io")


def _empty_lists() -> ModuleType:
    lists = type(sys)(_LISTS)
    vars(lists).update(NUMPY_RANDOM_BIT_GENERATOR_TYPE_NAMES=_GENERATORS, __getattr__=_empty_list)
    return lists


def _empty_list(name: str) -> List[str]:
    if not name.endswith("_TYPE_NAMES"):
        raise AttributeError(name)
    return []


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "skops"]:
        del sys.modules[name]
