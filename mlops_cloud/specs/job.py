"""Jobs that run a user's code: training and processing."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import Name, ParameterName, Port, Scalar, Source, Spec
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.environment import Environment
from mlops_cloud.specs.quantities import Duration

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
MetricName = Annotated[str, Field(pattern=r"^[^\s=]{1,250}$")]
RetryCause = Literal["spot", "quota", "failed", "timeout", "memory", "disk", "lost", "provider"]

_ENTRIES = ("script", "module", "command", "notebook")


class Retry(Spec):
    """When a failed job is started again."""

    times: int = Field(default=1, ge=0, le=10, description="New attempts after the first (count).")
    on: tuple[RetryCause, ...] = Field(default=("spot",), description="The causes that earn a new attempt.")
    wait: Duration = Field(default=0, description="Pause before a new attempt, e.g. 30s.")


_WHEN_TAKEN_AWAY = Retry(times=10, on=("spot",))


class JobSpec(Spec):
    """The fields every job that runs code has."""

    name: Name = Field(default="job", description="What the job's generated name begins with.")
    script: str = Field(default="", max_length=1024, description="A Python or shell script; a path in the code folder.")
    module: str = Field(
        default="", max_length=255, pattern=r"^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$", description="Run as `python -m`."
    )
    command: str | tuple[str, ...] = Field(
        default="",
        description="A shell command, or an argument list; `${{ inputs.x }}`, `${{ outputs.y }}` and "
        "`${{ parameters.z }}` fill in.",
    )
    notebook: str = Field(
        default="",
        max_length=1024,
        pattern=r"^(.*\.ipynb)?$",
        description="A Python notebook, run from its first cell to its last; parameters go to its cell tagged so.",
    )
    code: str | tuple[str, ...] = Field(
        default=(),
        description="More files to carry along: a list of globs; or one folder, whose content is the working folder.",
    )
    inputs: dict[Port, Source] = Field(default={}, description="Name -> dataset, split, output, path or URI.")
    outputs: dict[Port, str] = Field(default={}, description="Name -> file or folder that appears in MLOPS_OUTPUT_DIR.")
    parameters: dict[ParameterName, Scalar | tuple[Scalar, ...]] = Field(
        default={}, description="Values for the script: as `--name value` and in MLOPS_PARAMETERS."
    )
    environment: Environment = Field(default=Environment(), description="Python, packages or image.")
    compute: Compute = Field(default=Compute(), description="Machine and time limit.")
    env: dict[Variable, str] = Field(default={}, description="Environment variables; nothing secret.")
    secrets: tuple[Variable, ...] = Field(
        default=(), description="Names resolved inside the job from the profile's secrets; never logged or stored."
    )
    metrics: tuple[MetricName, ...] = Field(
        default=(),
        max_length=100,
        description="Names of the metrics the script reports, for providers that must know them beforehand; "
        "nothing is lost without it elsewhere.",
    )
    retry: Retry = Field(
        default=Retry(times=0),
        description="New attempts, by cause, which go on from the checkpoints. Where it is not given, a job "
        "on spot machines is started again each time it was interrupted, at most 10 times.",
    )
    native: dict[str, dict[str, Any]] = Field(
        default={}, description="Provider name -> fields merged last into its request."
    )

    @property
    def entry(self) -> tuple[str, str | tuple[str, ...]]:
        """Which of script, module, command and notebook runs, and its value."""
        for kind in _ENTRIES:
            if value := getattr(self, kind):
                return kind, value
        return "script", ""

    @property
    def effective_retry(self) -> Retry:
        """What `retry` says; without it, that of a job on spot machines."""
        return _WHEN_TAKEN_AWAY if self.compute.spot and "retry" not in self.model_fields_set else self.retry

    def summary(self) -> str:
        """What is asked for in a few words: `2 cpu, 4Gi`."""
        return self.compute.summary()

    @model_validator(mode="after")
    def _one_entry(self) -> Self:
        given = [kind for kind in _ENTRIES if getattr(self, kind)]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            message = f"give exactly one of script, module, command and notebook (found {found})"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _outputs_stay_inside(self) -> Self:
        for port, path in self.outputs.items():
            if not path or path.startswith("/") or ".." in path.split("/") or "\0" in path:
                message = f"outputs.{port}: {path[:80]!r} must be a path below MLOPS_OUTPUT_DIR"
                raise ValueError(message)
        return self


class ProcessingJob(JobSpec):
    """A script that reads inputs and writes outputs."""


class TrainingJob(JobSpec):
    """A script that writes a model into MLOPS_MODEL_DIR."""

    predictor: str = Field(
        default="", max_length=1024, description="A script with load() and predict() that travels with the model."
    )
    trust: Literal["", "pickle"] = Field(
        default="", description="`pickle`: the model may be a pickle, which runs code when loaded."
    )
