"""A job, and a schedule of one, as the cloud's own requests: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.job import JobSpec
    from mlops_cloud.specs.monitor import Monitor


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
        "checkpoint": str(context.checkpoint),
        "timeout": float(spec.compute.max_runtime),
        "machine": machine_of(spec.compute),
    }
    return {**body, **spec.native.get("stub", {})}


def schedule_body(monitor: Monitor, job: JobSpec, context: RequestContext) -> dict[str, Any]:
    """What `schedules.create` takes; the spec itself travels in the note."""
    note = monitor.model_dump_json()
    return {"title": monitor.name, "cron": monitor.schedule, "job": run_body(job, context), "note": note}


def machine_of(compute: Compute) -> str:
    """The smallest machine with what is asked for."""
    return compute.instance_type or ("small" if compute.cpu <= 2 else "large")
