"""`mlops-cloud schema`."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of recipes.

    Editors complete and check a recipe whose first line is `# yaml-language-server: $schema=./recipe.schema.json`.
    """
    import json

    from mlops_cloud.recipes.schema import recipe_schema

    click.echo(json.dumps(recipe_schema(), indent=2))
