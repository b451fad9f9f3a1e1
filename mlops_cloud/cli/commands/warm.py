"""`mlops-cloud warm`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.group import NounGroup
from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.cli.options import Common
    from mlops_cloud.processes.warm.ending import WarmServer


@click.group("warm", cls=NounGroup)
def command() -> None:
    """List and stop the interpreters that are kept warm for jobs.

    They are those of this computer, whatever profile and project.
    """


@command.command("list")
@common_options
def list_(common: Common) -> None:
    """List the warm servers that run, oldest first."""
    from mlops_cloud.processes.warm.ending import servers

    _answer(common.output, servers(_home()))


@command.command("stop")
@common_options
def stop(common: Common) -> None:
    """Stop all warm servers and show which there were; jobs go on, and the next job starts a server anew."""
    from mlops_cloud.processes.warm.ending import stop_servers

    _answer(common.output, stop_servers(_home()))


def _home() -> Path:
    from mlops_cloud.config.home import home

    return home(os.environ) / "warm"


def _answer(output: str, found: list[WarmServer]) -> None:
    from mlops_cloud.cli.answers import answer_list

    columns: dict[str, Callable[[WarmServer], object]] = {
        "SERVER": lambda server: server.name,
        "PID": lambda server: server.process.pid,
        "MINUTES": lambda server: f"{(time.time() - server.started) / 60:.0f}",
        "PYTHON": lambda server: server.python,
        "IMPORTS": _libraries,
    }
    answer_list(output, found, columns, lambda server: server.name)


def _libraries(server: WarmServer) -> str:
    return ", ".join(dict.fromkeys(name.partition(".")[0] for name in server.imports)) or "the standard library"
