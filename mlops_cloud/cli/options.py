"""The options that every command has."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.client import Client
    from mlops_cloud.services.session import Listener

    Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("table", "json", "yaml", "name")


class Common(NamedTuple):
    """Which profile and project, and how the answer is written."""

    profile: str | None
    project: str | None
    output: str

    def connect(
        self, *, profile: str | None = None, read_only: bool = False, listener: Listener | None = None
    ) -> Client:
        """The client of the chosen profile; the configuration is searched from the working folder upward."""
        from mlops_cloud.client import connect
        from mlops_cloud.services.session import silent

        return connect(self.profile or profile, project=self.project, listener=listener or silent, read_only=read_only)


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--profile, --project and -o, handed to the command as its first argument."""

    @click.option("--profile", metavar="NAME", help="Profile of mlops-cloud.toml, or a provider's own such as local.")
    @click.option("--project", metavar="NAME", help="Namespace of everything created; the folder's name by default.")
    @click.option("-o", "--output", type=click.Choice(FORMATS), default="table", help="How the answer is written.")
    @wraps(function)
    def packed(*args: Any, profile: str | None, project: str | None, output: str, **options: Any) -> Any:  # noqa: ANN401
        return function(Common(profile, project, output), *args, **options)

    return packed
