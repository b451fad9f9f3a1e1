"""Whether a job may be started warm, in a copy of an interpreter that has its libraries loaded, and if not, why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import make_private_folder
from mlops_cloud.errors import MlopsCloudError

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
    "numpy", "pandas", "sklearn.linear_model", "sklearn.pipeline", "sklearn.preprocessing", "skops.io",
)  # fmt: skip
"""What nearly all jobs over tables import; together, so that one server does for all steps of a recipe."""
AFTERWARDS = (
    "joblib", "threadpoolctl", "sklearn.metrics", "sklearn.model_selection", "sklearn.tree", "sklearn.ensemble",
    "sklearn.compose", "sklearn.impute", "sklearn.calibration", "sklearn.decomposition", "sklearn.feature_selection",
    "sklearn.feature_extraction.text", "sklearn.neighbors", "sklearn.svm", "sklearn.cluster", "sklearn.naive_bayes",
    "sklearn.neural_network", "sklearn.inspection", "sklearn.datasets", "scipy.stats", "scipy.optimize",
)  # fmt: skip
"""What many of them import: the first job need not wait for it."""
_FAMILY = frozenset(name.partition(".")[0] for name in (*TABULAR, *AFTERWARDS))


class Warmth:
    """What a profile and this process's environment say about warm starts."""

    def __init__(self, servers: Path, *, wanted: bool, environ: Mapping[str, str]) -> None:
        self._servers = servers
        self._refusal = _refusal(environ, wanted=wanted)
        self._plain = 0
        """How many jobs without libraries this process has started."""

    def of(self, request: Mapping[str, Any], environment: Mapping[str, str]) -> ServerKind | str:
        """The kind of server that may start the job of this request, or why none may."""
        if self._refusal:
            return self._refusal
        try:
            return self._kind(request, environment)
        except (OSError, MlopsCloudError) as error:  # a warm start is never needed
            return f"no warm server can be kept here: {getattr(error, 'what', error)}"

    def _kind(self, request: Mapping[str, Any], environment: Mapping[str, str]) -> ServerKind | str:
        from mlops_cloud.processes.warm.kind import ServerKind
        from mlops_cloud.processes.warm.variables import unserved

        if name := unserved(environment):
            return f"{name} is set for it"
        make_private_folder(self._servers)
        tabular = _is_tabular(request)
        kind = ServerKind(
            home=self._servers,
            python=request["python"],
            preload=TABULAR if tabular else PLAIN,
            afterwards=AFTERWARDS if tabular else (),
            environment=environment,
        )
        return kind if tabular or self._is_worth_it(kind) else "a first job without libraries is sooner started so"

    def _is_worth_it(self, kind: ServerKind) -> bool:
        """Whether a server of the standard library is there, or this is not the only job that wants one."""
        from mlops_cloud.processes.warm.places import is_alive

        self._plain += 1
        return self._plain > 1 or is_alive(kind.folder)

    def await_server(self, request: Mapping[str, Any]) -> None:
        """Start the server that a job over tables would want, and wait until it is ready."""
        if not _is_tabular(request):  # the other kind is there in no time
            return
        kind = self.of(request, request["environment"])
        if not isinstance(kind, str):
            from mlops_cloud.processes.warm.handover import started

            started(kind)


def _is_tabular(request: Mapping[str, Any]) -> bool:
    # Our own packages travel with evaluations and batch predictions: they load models.
    return bool(request["packages"]) or not _FAMILY.isdisjoint(request["imports"])


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
