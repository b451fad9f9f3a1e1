"""The job as Google Vertex AI describes it: AIP_* hold gs:// addresses, and buckets are mounted under /gcs.

https://cloud.google.com/vertex-ai/docs/training/code-requirements#environment-variables
"""

from __future__ import annotations

from mlops_runtime.context import BadContractError, Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from mlops_runtime.arguments import Arguments


def applies(environ: Mapping[str, str]) -> bool:
    """Whether Vertex AI started this job."""
    return bool(environ.get("AIP_MODEL_DIR") or environ.get("CLOUD_ML_JOB_ID"))


def context(environ: Mapping[str, str], arguments: Arguments) -> Context:
    """The context of a custom job whose buckets are mounted (MLOPS_GCS_ROOT when not under /gcs)."""
    root = environ.get("MLOPS_GCS_ROOT", "/gcs").rstrip("/")
    base = _base(root, environ, arguments)
    model_dir = _plain(root, environ.get("AIP_MODEL_DIR") or base + "/model")
    output_dir = _plain(root, arguments.single.get("output-dir") or base + "/output")
    return Context(
        inputs={name: _plain(root, place) for name, place in arguments.named["input"].items()},
        outputs={name: _plain(root, place) for name, place in arguments.named["output"].items()},
        model_dir=model_dir,
        output_dir=output_dir,
        checkpoint_dir=_plain(root, environ.get("AIP_CHECKPOINT_DIR") or base + "/checkpoints"),
        tensorboard_dir=_plain(root, environ.get("AIP_TENSORBOARD_LOG_DIR") or base + "/logs"),
        metrics_file=output_dir + "/mlops/metrics.jsonl",
        failure_file=output_dir + "/mlops/failure.json",
        parameters_file=_plain(root, arguments.single.get("parameters", "")),
        work_dir=arguments.single.get("work-dir", ""),
        wheels=_plain(root, arguments.single.get("wheels", "")),
        packages=[_plain(root, place) for place in arguments.packages],
        secrets=arguments.named["secret"],
    )


def _base(root: str, environ: Mapping[str, str], arguments: Arguments) -> str:
    place = environ.get("AIP_MODEL_DIR") or arguments.single.get("output-dir")
    if not place:
        raise BadContractError(
            "nowhere to write: neither AIP_MODEL_DIR (a base output directory) nor --mlops-output-dir"
        )
    return _plain(root, place).rpartition("/")[0]


def _plain(root: str, place: str) -> str:
    path = root + place[len("gs:/") :] if place.startswith("gs://") else place
    return path.rstrip("/")
