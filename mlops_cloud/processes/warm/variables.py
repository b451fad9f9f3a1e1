"""Which variables of an environment an interpreter and its libraries read once, when they start."""

from __future__ import annotations

TYPE_CHECKING = False  # a warm server reads this too
if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_INTERPRETER = ("PYTHON", "LD_", "LC_", "MALLOC_", "GLIBC_")
_BY_LIBRARY = (
    "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "VECLIB_", "NUMEXPR_", "CUDA_",
    "NPY_", "NUMPY_", "SCIPY_", "SKLEARN_", "PANDAS_", "JOBLIB_", "LOKY_",
)  # fmt: skip
_ENDING = "_NUM_THREADS"
_OTHERS = frozenset({"HOME", "TZ", "LANG", "LANGUAGE"})
_SERVED = frozenset({"PYTHONUNBUFFERED", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE"})
_BY_THE_SHIM = {"PYTHONUNBUFFERED": "1"}  # and PYTHONPATH, which a job's process reads by itself


def is_decisive(name: str) -> bool:
    """Whether a process must have been started with it for it to count."""
    return name.startswith(_BY_INTERPRETER) or name in _OTHERS or counts_at_import(name)


def counts_at_import(name: str) -> bool:
    """Whether a library reads it when it is imported."""
    return name.startswith(_BY_LIBRARY) or name.endswith(_ENDING)


def decisive(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of a job's variables that its server must have been started with."""
    given = {**_BY_THE_SHIM, **environment}
    return {name: given[name] for name in sorted(given) if is_decisive(name) and name != "PYTHONPATH"}


def unserved(environment: Mapping[str, str]) -> str:
    """A variable that changes how an interpreter starts, so that none can be had from a server; "" without one."""
    return next((name for name in sorted(environment) if name.startswith("PYTHON") and name not in _SERVED), "")
