"""What a spec asks to be installed where a job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import safe_join

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.bundle.code import FileDigests
    from mlops_cloud.specs.environment import Environment


def resolved_environment(environment: Environment, folder: Path, digests: FileDigests) -> Environment:
    """The same environment with a requirements file replaced by its lines."""
    if not isinstance(environment.requirements, str) or not environment.requirements:
        return environment
    path = safe_join(folder, environment.requirements)
    digests.note(path)
    if not path.is_file():
        raise InvalidSpecError(
            f"the requirements file {environment.requirements} is not there", why=f"looked in {folder}"
        )
    return environment.with_changes(requirements=requirement_lines(path.read_text("utf-8"), path.name))


def requirement_lines(text: str, name: str) -> tuple[str, ...]:
    """The requirement lines of a file, without comments; options such as -r or --index-url are refused."""
    lines = [line.split(" #")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    options = [line for line in lines if line.startswith("-")]
    if options:
        raise InvalidSpecError(
            f"{name}: {options[0]!r} is an option, not a requirement",
            fix="write the requirements out; where pip looks for them is its own configuration",
        )
    return tuple(lines)
