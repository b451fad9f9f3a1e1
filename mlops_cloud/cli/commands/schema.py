"""`mlops-cloud schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.command("schema")
@common_options
def command(common: Common) -> None:
    """Print the JSON Schema of recipes.

    Editors complete and check a recipe whose first line is `# yaml-language-server: $schema=./recipe.schema.json`.
    """
    from mlops_cloud.cli.answers import document
    from mlops_cloud.recipes.schema import recipe_schema

    document("yaml" if common.output == "yaml" else "json", recipe_schema())
