"""`--help` of the command line: `python benchmarks/command_help.py`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from comparison import Goal, compare
from environments import OURS, program
from five_step_contestants import QUIET, WORKLOADS, folder, zenml_environment
from measuring import Contestant

if TYPE_CHECKING:
    from collections.abc import Callable


def bare_python() -> Contestant:
    """Nothing at all, in our environment."""
    return Contestant("bare python", (str(program(OURS)), "-c", "pass"), folder("help"))


def click_hello() -> Contestant:
    """A program of one click command."""
    command = (str(program("click")), str(WORKLOADS / "hello.py"), "--help")
    return Contestant("click hello", command, folder("help"), answer=_is_help)


def tool(name: str) -> Contestant:
    """The tool's own command."""
    environment = {**QUIET, **zenml_environment(folder("zenml"))}
    answer = None if name == "zenml" else _is_help  # ZenML writes it to stderr
    return Contestant(name, (str(program(name, name)), "--help"), folder("help"), environment, answer=answer)


def _is_help(output: str) -> bool:
    return "usage" in output.lower()


PEERS = ("dvc", "metaflow", "kedro", "dagster", "zenml", "mlflow")
MAKERS: dict[str, Callable[[], Contestant]] = {
    "bare python": bare_python,
    "click hello": click_hello,
    OURS: partial(tool, OURS),
    **{name: partial(tool, name) for name in PEERS},
}
GOALS = [
    Goal("CPU time over a click hello", OURS, "cpu", 1.3, over="click hello", peers=PEERS),
    Goal("peak memory in MB", OURS, "memory", 17, peers=PEERS),
]

if __name__ == "__main__":
    compare("--help", MAKERS, GOALS, rounds=11)
