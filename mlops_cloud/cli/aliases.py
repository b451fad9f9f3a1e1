"""Take an alias away from a model version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import NotFoundError

if TYPE_CHECKING:
    from mlops_cloud.client import Client
    from mlops_cloud.results.models import ModelVersion


def drop_alias(cloud: Client, version: ModelVersion, alias: str) -> ModelVersion:
    """The version without the alias; NotFoundError when the alias does not point at it."""
    models = cloud.provider.models
    if models is None or alias not in version.aliases:
        have = ", ".join(version.aliases) or "none"
        raise NotFoundError(f"{version.name}:{version.version} has no alias {alias!r}", fix=f"its aliases: {have}")
    return models.annotate(version, drop_alias=alias)
