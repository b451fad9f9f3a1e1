"""One interface for the machine-learning lifecycle; the names below are imported when first used."""

from __future__ import annotations

from mlops_cloud.version import VERSION as __version__  # noqa: N811 - the name that Python gives a version

TYPE_CHECKING = False  # `typing` would be half of the time that this import takes

# Name -> module, so that `import mlops_cloud` costs no pydantic and no SDK (DESIGN, rule 8).
_PUBLIC = {
    "BatchPrediction": "mlops_cloud.specs.batch_prediction",
    "Client": "mlops_cloud.client",
    "Compute": "mlops_cloud.specs.compute",
    "Dataset": "mlops_cloud.specs.dataset",
    "Endpoint": "mlops_cloud.specs.endpoint",
    "Environment": "mlops_cloud.specs.environment",
    "Evaluation": "mlops_cloud.specs.evaluation",
    "MlopsCloudError": "mlops_cloud.errors",
    "Model": "mlops_cloud.specs.model",
    "Monitor": "mlops_cloud.specs.monitor",
    "ProcessingJob": "mlops_cloud.specs.job",
    "Recipe": "mlops_cloud.recipes",
    "TrainingJob": "mlops_cloud.specs.job",
    "TuningJob": "mlops_cloud.specs.tuning",
    "connect": "mlops_cloud.client",
}

if TYPE_CHECKING:
    from mlops_cloud.client import Client, connect
    from mlops_cloud.errors import MlopsCloudError
    from mlops_cloud.recipes import Recipe
    from mlops_cloud.specs.batch_prediction import BatchPrediction
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.dataset import Dataset
    from mlops_cloud.specs.endpoint import Endpoint
    from mlops_cloud.specs.environment import Environment
    from mlops_cloud.specs.evaluation import Evaluation
    from mlops_cloud.specs.job import ProcessingJob, TrainingJob
    from mlops_cloud.specs.model import Model
    from mlops_cloud.specs.monitor import Monitor
    from mlops_cloud.specs.tuning import TuningJob

__all__ = [
    "BatchPrediction",
    "Client",
    "Compute",
    "Dataset",
    "Endpoint",
    "Environment",
    "Evaluation",
    "MlopsCloudError",
    "Model",
    "Monitor",
    "ProcessingJob",
    "Recipe",
    "TrainingJob",
    "TuningJob",
    "__version__",
    "connect",
]


def __getattr__(name: str) -> object:
    module = _PUBLIC.get(name)
    if module is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
