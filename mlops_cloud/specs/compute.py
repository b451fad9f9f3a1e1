"""What a job runs on, in units every provider can translate."""

from __future__ import annotations

from pydantic import Field

from mlops_cloud.specs.base import Spec
from mlops_cloud.specs.quantities import Duration, Size, size_text


class Compute(Spec):
    """How much machine a job gets, and for how long."""

    cpu: float = Field(default=1, gt=0, le=1024, description="Virtual CPUs (count).")
    memory: Size = Field(default=2 * 2**30, description="Memory in bytes, e.g. 4Gi.")
    gpu: int = Field(default=0, ge=0, le=64, description="Accelerators (count).")
    gpu_type: str = Field(default="", max_length=63, description="Kind of accelerator, e.g. A100; any kind when empty.")
    disk: Size = Field(default=30 * 10**9, description="Scratch disk in bytes, e.g. 30G.")
    instances: int = Field(default=1, ge=1, le=1000, description="Machines that run the job together (count).")
    instance_type: str = Field(
        default="", max_length=63, description="The provider's own machine name; overrides cpu, memory and gpu."
    )
    spot: bool = Field(
        default=False,
        description="Cheaper machines that may be taken away at any time; see retry for what then becomes of the job.",
    )
    max_runtime: Duration = Field(default=3600, gt=0, description="The job is stopped after this long, e.g. 10m.")

    def summary(self) -> str:
        """What is asked for in a few words: `2 cpu, 4Gi, 1 gpu`; the provider's own machine name where one is given."""
        gpu = f", {self.gpu} {self.gpu_type or 'gpu'}" if self.gpu else ""
        machine = self.instance_type or f"{self.cpu:g} cpu, {size_text(self.memory)}{gpu}"
        return machine if self.instances == 1 else f"{self.instances} x {machine}"
