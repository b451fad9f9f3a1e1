"""Providers and what each can do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from mlops_cloud.cli.table import table, write
from mlops_cloud.errors import MlopsCloudError
from mlops_cloud.provider.capabilities import ROWS, Feature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.plugins import Installed
    from mlops_cloud.provider.base import ProviderInfo
    from mlops_cloud.provider.capabilities import Capabilities


def described(entry: Installed) -> dict[str, Any]:
    """One installed provider: who it is and how well it does each thing."""
    base = {"name": entry.name, "distribution": entry.distribution, "problem": entry.problem}
    if entry.info is None:
        return {**base, "profile": "", "summary": "", "capabilities": {}}
    try:
        return {**base, **in_full(entry.info)}
    except MlopsCloudError as exc:
        return {
            **base,
            "profile": entry.info.profile,
            "summary": entry.info.summary,
            "problem": str(exc),
            "capabilities": {},
        }


def in_full(info: ProviderInfo) -> dict[str, Any]:
    """What one provider says of itself."""
    capabilities = _capabilities(info)
    return {
        "name": info.name,
        "summary": info.summary,
        "profile": info.profile,
        "bills": info.bills,
        "install": f"pip install 'mlops-cloud[{info.extra}]'",
        "capabilities": {
            feature.value: {"level": capabilities[feature].level, "detail": capabilities[feature].detail}
            for feature in Feature
        },
    }


def show(providers: Sequence[dict[str, Any]]) -> None:
    """The providers, and the matrix of what each can do."""
    import click

    rows = [(entry["name"], entry["profile"], entry["problem"] or entry["summary"]) for entry in providers]
    write(table(("provider", "profile", ""), rows))
    able = [entry for entry in providers if entry["capabilities"]]
    matrix = [(row.value, *(entry["capabilities"][row.value]["level"] for entry in able)) for row in ROWS]
    click.echo()
    write(table(("", *(entry["name"] for entry in able)), matrix))
    click.echo("\nmlops-cloud providers describe NAME says why.")


def lines(found: dict[str, Any]) -> dict[str, object]:
    """One provider in full."""
    capabilities = found["capabilities"]
    plain = {field: value for field, value in found.items() if field not in ("capabilities", "bills")}
    width = max(map(len, capabilities))
    matrix = [f"{name.ljust(width)}  {entry['level']}{_because(entry)}" for name, entry in capabilities.items()]
    return {**plain, "costs money": "yes" if found["bills"] else "no", "capabilities": "\n".join(["", *matrix])}


def _because(entry: dict[str, str]) -> str:
    return f": {entry['detail']}" if entry["detail"] else ""


def _capabilities(info: ProviderInfo) -> Capabilities:
    from mlops_cloud.config.home import home
    from mlops_cloud.plugins import config_class, open_provider
    from mlops_cloud.provider.base import ProviderSettings

    # What a provider can do is the same for every profile, so that none needs to be configured.
    fields = config_class(info).model_construct().model_dump()
    settings = ProviderSettings(info.profile, "project", str(home(os.environ) / info.name), fields)
    provider = open_provider(info.name, settings)
    try:
        return provider.capabilities
    finally:
        provider.close()
