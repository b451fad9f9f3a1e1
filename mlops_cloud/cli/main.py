"""The entry point: `--help` and `--version` load nothing but click."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from mlops_cloud import __version__
from mlops_cloud.cli.group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "Recipes": {
        "init": "Start a project: a ready recipe, or a small example of your own.",
        "validate": "Check a recipe; nothing is created.",
        "plan": "Show what a run would do, and why; nothing is created.",
        "run": "Run a recipe; run it again and it goes on from where it stood.",
        "runs": "List, read, cancel and forget runs.",
        "logs": "Show the log of a step (RUN/STEP) or of a job.",
        "explain": "Show what decides a step's result, and what changed in it.",
        "destroy": "Delete what the runs of a recipe made.",
    },
    "Resources": {
        "datasets": "List, read and delete dataset versions.",
        "jobs": "List, read, cancel and delete jobs.",
        "tuning": "List, read and delete tunings, and their trials.",
        "environments": "List, read and forget the locks of requirements.",
        "models": "List, approve, alias, download and retire model versions.",
    },
    "This computer": {
        "doctor": "Check what works here and what does not.",
        "providers": "List the providers and what each can do.",
        "config": "Show the configuration and where each value came from.",
        "schema": "Print the JSON Schema of recipes.",
        "warm": "List and stop the interpreters that are kept warm for jobs.",
        "completion": "Print the completion script of a shell.",
    },
}


@click.group(cls=LazyGroup, sections=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mlops-cloud", message="%(prog)s %(version)s")
def root() -> None:
    """One interface for the machine-learning lifecycle, on this computer and on the clouds.

    Begin with `mlops-cloud init --from breast-cancer DEMO`, then `mlops-cloud run DEMO/recipe.yaml`.
    """


def main() -> None:
    """Run the command line of this process and exit."""
    code = answer(sys.argv[1:])
    with suppress(OSError, ValueError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)  # everything is closed; to fold the interpreter would take half as long as an unchanged run


def answer(arguments: Sequence[str]) -> int:
    """The exit code of one command line; whatever goes wrong is told on stderr."""
    if sys.platform not in ("linux", "darwin"):
        click.echo("mlops-cloud runs on Linux and macOS; on Windows, use it inside WSL.", err=True)
        return 2
    try:
        code = root.main(list(arguments), prog_name="mlops-cloud", standalone_mode=False)
    except Exception as exc:  # noqa: BLE001 - the one place where everything is told
        from mlops_cloud.cli.failures import told

        return told(exc)
    return int(code or 0)
