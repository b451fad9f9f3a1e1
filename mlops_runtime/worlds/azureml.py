"""The job as Azure Machine Learning describes it: mounted paths substituted into the command's arguments.

https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2
"""

from __future__ import annotations

from mlops_runtime.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from mlops_runtime.arguments import Arguments


def applies(environ: Mapping[str, str], arguments: Arguments) -> bool:
    """Whether Azure ML started this job, or its arguments were substituted in the same way."""
    return bool(environ.get("AZUREML_RUN_ID") or arguments.named["input"] or arguments.named["output"])


def context(_environ: Mapping[str, str], arguments: Arguments) -> Context:
    """The context of a command job; what no output is mounted for goes to ./outputs, which the platform keeps."""
    outputs = arguments.named["output"]
    output_dir = outputs.get("output") or arguments.single.get("output-dir") or "outputs"
    return Context(
        inputs=arguments.named["input"],
        outputs=outputs,
        model_dir=outputs.get("model") or arguments.single.get("model-dir") or "outputs/model",
        output_dir=output_dir,
        checkpoint_dir=outputs.get("checkpoint") or arguments.single.get("checkpoint-dir") or "outputs/checkpoint",
        metrics_file=output_dir + "/mlops/metrics.jsonl",
        failure_file=output_dir + "/mlops/failure.json",
        parameters_file=arguments.single.get("parameters", ""),
        work_dir=arguments.single.get("work-dir", ""),
        packages=arguments.packages,
        wheels=arguments.single.get("wheels", ""),
        secrets=arguments.named["secret"],
    )
