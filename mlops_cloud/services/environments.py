"""What a spec asks to be installed where a job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.packages.requirements import checked, requirement_lines
from mlops_cloud.safety.names import safe_join

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.bundle.code import FileDigests
    from mlops_cloud.specs.environment import Environment


def resolved_environment(environment: Environment, folder: Path, digests: FileDigests) -> Environment:
    """The same environment with a requirements file replaced by its lines; InvalidSpecError for a line that is none."""
    if not environment.requirements:
        return environment
    if not isinstance(environment.requirements, str):
        checked(environment.requirements, "environment.requirements")
        return environment
    path = safe_join(folder, environment.requirements)
    digests.note(path)
    if not path.is_file():
        raise InvalidSpecError(
            f"the requirements file {environment.requirements} is not there", why=f"looked in {folder}"
        )
    return environment.with_changes(requirements=requirement_lines(path.read_text("utf-8"), path.name))
