"""The least that a click program does."""

from __future__ import annotations

import click


@click.command()
@click.option("--name", default="you")
def hello(name: str) -> None:
    """Greet somebody."""
    click.echo(f"hello {name}")


if __name__ == "__main__":
    hello()
