"""The job as Amazon SageMaker describes it: folders under /opt/ml, for training and for processing.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import json
import os

from mlops_runtime.context import BadContractError, Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional

    from mlops_runtime.arguments import Arguments

# The channels that carry the archive itself, packages and the parameters' file are no inputs of the script.
_OURS = ("code", "mlops-")


def applies(environ: Mapping[str, str]) -> bool:
    """Whether SageMaker laid out its folders here."""
    base = _base(environ)
    return os.path.isdir(base + "/input/config") or os.path.isfile(base + "/config/processingjobconfig.json")


def context(environ: Mapping[str, str], arguments: Arguments) -> Context:
    """The context of a training or a processing job."""
    base = _base(environ)
    if os.path.isfile(base + "/config/processingjobconfig.json"):
        return _processing(base, arguments)
    return _training(base, arguments)


def _base(environ: Mapping[str, str]) -> str:
    return environ.get("SAGEMAKER_BASE_DIR", "/opt/ml").rstrip("/")


def _training(base: str, arguments: Arguments) -> Context:
    config = base + "/input/config/"
    channels = _read(config + "inputdataconfig.json")
    inputs = {name: "%s/input/data/%s" % (base, name) for name in channels if not name.startswith(_OURS)}
    return _context(
        arguments,
        inputs=inputs,
        overrides={name: str(value) for name, value in _read(config + "hyperparameters.json").items()},
        model_dir=base + "/model",
        output_dir=base + "/output/data",
        checkpoint_dir=base + "/checkpoints",
        failure_text=base + "/output/failure",
        resources=_read(config + "resourceconfig.json"),
    )


def _processing(base: str, arguments: Arguments) -> Context:
    job = _read(base + "/config/processingjobconfig.json")
    inputs = {}
    for item in job.get("ProcessingInputs") or []:
        folder = (item.get("S3Input") or {}).get("LocalPath")
        if folder and not item["InputName"].startswith(_OURS):
            inputs[item["InputName"]] = folder
    outputs = {}
    for item in (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        outputs[item["OutputName"]] = (item.get("S3Output") or {}).get("LocalPath", "")
    return _context(
        arguments,
        inputs=inputs,
        model_dir=outputs.get("model") or base + "/processing/model",
        output_dir=outputs.get("output") or base + "/processing/output",
        checkpoint_dir=outputs.get("checkpoint") or base + "/processing/checkpoint",
        failure_text=base + "/output/message",
        resources=_read(base + "/config/resourceconfig.json"),
    )


def _context(
    arguments: Arguments,
    *,
    inputs: Dict[str, str],
    model_dir: str,
    output_dir: str,
    checkpoint_dir: str,
    failure_text: str,
    resources: Dict[str, Any],
    overrides: Optional[Dict[str, str]] = None,
) -> Context:
    return Context(
        inputs=dict(inputs, **arguments.named["input"]),
        overrides=overrides,
        model_dir=model_dir,
        output_dir=output_dir,
        checkpoint_dir=checkpoint_dir,
        failure_text=failure_text,
        metrics_file=output_dir + "/mlops/metrics.jsonl",
        failure_file=output_dir + "/mlops/failure.json",
        parameters_file=arguments.single.get("parameters", ""),
        work_dir=arguments.single.get("work-dir", ""),
        packages=arguments.packages,
        wheels=arguments.single.get("wheels", ""),
        secrets=arguments.named["secret"],
        hosts=resources.get("hosts") or ("algo-1",),
        current_host=resources.get("current_host") or "algo-1",
    )


def _read(path: str) -> Dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found: Dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadContractError("%s is not JSON: %s" % (path, error)) from error
    return found
