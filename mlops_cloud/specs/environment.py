"""What is installed where a job runs or a model serves."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from mlops_cloud.specs.base import Spec


class Environment(Spec):
    """A Python and its packages, or an image that has them."""

    python: str = Field(
        default="", pattern=r"^(3\.\d{1,2})?$", description="Python version, e.g. 3.11; the provider's own when empty."
    )
    requirements: str | tuple[str, ...] = Field(
        default=(), description="A requirements file, or a list of requirement lines (PEP 508)."
    )
    framework: str = Field(
        default="",
        max_length=63,
        description="Only picks a base image: sklearn, pytorch, tensorflow, xgboost; nothing where there are none.",
    )
    image: str = Field(default="", max_length=512, description="A container image, used as it is.")
    install: bool = Field(default=False, description="Install the requirements into `image` too.")

    @model_validator(mode="after")
    def _install_needs_an_image(self) -> Self:
        if self.install and not self.image:
            message = "install: true belongs beside image:; without an image the requirements are always installed"
            raise ValueError(message)
        return self
