"""`mlops-cloud init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.command("init")
@common_options
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--from", "ready", metavar="RECIPE", help="Begin with a ready recipe; `list` names them.")
def command(common: Common, folder: str, ready: str | None) -> None:
    """Start a project: a ready recipe, or a small example of your own.

    Nothing is overwritten. Beside the recipe lies its JSON Schema, by which editors complete and check it.
    """
    from mlops_cloud.cli import starting
    from mlops_cloud.cli.answers import answer_one

    if ready == "list":
        names = starting.ready_recipes()
        answer_one(common.output, names, {"ready recipes": ", ".join(names)}, "\n".join(names))
        return
    written = starting.start(folder, ready)
    answer = {"folder": folder, "files": written}
    answer_one(common.output, answer, {"wrote": "\n".join(["", *written])}, folder)
    click.echo(f"\nnext:\n  {starting.next_command(folder)}", err=True)
