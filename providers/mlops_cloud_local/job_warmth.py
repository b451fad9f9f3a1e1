"""Whether a job may be started warm, in a copy of an interpreter that has its libraries loaded, and if not, why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops_cloud.processes.warm.kind import ServerKind

SWITCH = "MLOPS_CLOUD_WARM_START"
"""Set to off, it wins over every profile: for tests, and for whoever distrusts a result."""
_OFF = frozenset({"off", "0", "no", "false"})

PLAIN: tuple[str, ...] = ()
"""What the standard library needs of a server: it imports some of it by itself."""
TABULAR = (
    "numpy", "pandas", "scipy", "sklearn", "sklearn.calibration", "sklearn.cluster", "sklearn.compose",
    "sklearn.datasets", "sklearn.decomposition", "sklearn.ensemble", "sklearn.feature_extraction.text",
    "sklearn.feature_selection", "sklearn.impute", "sklearn.inspection", "sklearn.linear_model", "sklearn.metrics",
    "sklearn.model_selection", "sklearn.naive_bayes", "sklearn.neighbors", "sklearn.neural_network",
    "sklearn.pipeline", "sklearn.preprocessing", "sklearn.svm", "sklearn.tree", "joblib", "threadpoolctl", "skops.io",
)  # fmt: skip
"""What nearly all jobs over tables import; together, so that one server does for all steps of a recipe."""
_FAMILY = frozenset(name.partition(".")[0] for name in TABULAR)


class Warmth:
    """What a profile and this process's environment say about warm starts."""

    def __init__(self, servers: Path, *, wanted: bool, environ: Mapping[str, str]) -> None:
        self._servers = servers
        self._refusal = _refusal(environ, wanted=wanted)

    def of(self, request: Mapping[str, Any], environment: Mapping[str, str]) -> ServerKind | str:
        """The kind of server that may start the job of this request, or why none may."""
        from mlops_cloud.processes.warm.kind import ServerKind
        from mlops_cloud.processes.warm.variables import unserved

        if self._refusal:
            return self._refusal
        if name := unserved(environment):
            return f"{name} is set for it"
        make_private_folder(self._servers)
        preload = _preload(request)
        return ServerKind(home=self._servers, python=request["python"], preload=preload, environment=environment)


def _preload(request: Mapping[str, Any]) -> tuple[str, ...]:
    # Our own packages travel with evaluations and batch predictions: they load models.
    return TABULAR if request["packages"] or not _FAMILY.isdisjoint(request["imports"]) else PLAIN


def _refusal(environ: Mapping[str, str], *, wanted: bool) -> str:
    from mlops_cloud.processes.supervisor.order import MARKER

    if environ.get(SWITCH, "").lower() in _OFF:
        return f"{SWITCH} is {environ[SWITCH]}"
    if not wanted:
        return "its profile has warm_start: false"
    if sys.platform != "linux" or not os.path.exists("/proc/self/ns"):  # noqa: PTH110 - once for each start of a job
        return "warm starts need Linux"
    if MARKER in environ:
        return "it is started by another job, which its server would end with"
    return ""
