"""One module for each platform's way to tell a job where things are; the first that applies is believed."""

from __future__ import annotations

from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from mlops_runtime.arguments import Arguments
    from mlops_runtime.context import Context


def context_of(environ: Mapping[str, str], arguments: Arguments) -> Context:
    """The job's context: from MLOPS_JOB_FILE, else as SageMaker, else Vertex AI, else Azure ML describe it."""
    # Imported one by one: each start pays for reading and compiling what it loads from the archive.
    if environ.get("MLOPS_JOB_FILE"):
        from mlops_runtime.worlds import job_file

        return job_file.context(environ)
    from mlops_runtime.worlds import sagemaker

    if sagemaker.applies(environ):
        return sagemaker.context(environ, arguments)
    from mlops_runtime.worlds import vertex

    if vertex.applies(environ):
        return vertex.context(environ, arguments)
    from mlops_runtime.worlds import azureml

    if azureml.applies(environ, arguments):
        return azureml.context(environ, arguments)
    raise BadContractError("nothing describes this job: no MLOPS_JOB_FILE, and no platform that is known")
