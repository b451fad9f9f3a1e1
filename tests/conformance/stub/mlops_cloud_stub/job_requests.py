"""A job's spec as the cloud's own request: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec


def run_body(spec: JobSpec, context: RequestContext) -> dict[str, Any]:
    """What `jobs.run` takes."""
    body: dict[str, Any] = {
        "title": context.key.name(40),
        "archive": str(context.code),
        "packages": list(context.packages),
        "inputs": dict(context.inputs),
        "outputs": dict(spec.outputs),
        "parameters": {n: list(v) if isinstance(v, tuple) else v for n, v in spec.parameters.items()},
        "env": dict(spec.env),
        "secrets": list(spec.secrets),
        "timeout": float(spec.compute.max_runtime),
        "machine": spec.compute.instance_type or ("small" if spec.compute.cpu <= 2 else "large"),
    }
    return {**body, **spec.native.get("stub", {})}
