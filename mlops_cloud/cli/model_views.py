"""Model versions as rows and in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.cli.quantities import commit, number, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.results.models import Decision, ModelVersion


def name(version: ModelVersion) -> str:
    """`name:3`."""
    return f"{version.name}:{version.version}"


def _metrics(version: ModelVersion) -> str:
    metrics = version.evaluation.get("metrics", {})
    return ", ".join(f"{metric} {number(entry['value'])}" for metric, entry in metrics.items())


COLUMNS: Mapping[str, Callable[[ModelVersion], object]] = {
    "model": name,
    "approval": lambda version: "retired" if version.retired else version.approval,
    "aliases": lambda version: ", ".join(version.aliases),
    "metrics": _metrics,
    "created (UTC)": lambda version: when(version.created),
}


def lines(version: ModelVersion) -> dict[str, object]:
    """Everything a person wants to know of one version."""
    lineage = version.lineage
    return {
        "model": name(version),
        "reference": version.reference(),
        "description": version.description,
        "approval": "retired" if version.retired else version.approval,
        "aliases": ", ".join(version.aliases),
        "stage": version.stage,
        "created (UTC)": when(version.created),
        "metrics": _metrics(version),
        "decisions": "\n".join(["", *map(_decision, version.decisions)]) if version.decisions else "",
        "tags": ", ".join(f"{tag}={value}" for tag, value in version.tags.items()),
        "digest": version.digest,
        "address": version.uri,
        "job": lineage.get("job", ""),
        "data": ", ".join(f"{port} {source}" for port, source in lineage.get("data", {}).items()),
        "parameters": lineage.get("parameters", {}),
        "code": lineage.get("code", ""),
        "commit": commit(lineage.get("git", {})),
        "packages": f"{len(lineage.get('lock', ()))} in its lock (-o json lists them)",
    }


def _decision(decision: Decision) -> str:
    reason = f": {decision.reason}" if decision.reason else ""
    return f"{decision.approval} by {decision.by} at {when(decision.at)} (UTC){reason}"
