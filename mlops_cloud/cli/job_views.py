"""Jobs as rows and in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.cli.quantities import commit, lasted, number, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops_cloud.results.jobs import Job


def _seconds(job: Job) -> float | None:
    return job.ended - job.started if job.started and job.ended else None


def _metrics(job: Job) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in job.latest_metrics().items())


COLUMNS: Mapping[str, Callable[[Job], object]] = {
    "job": lambda job: job.name,
    "kind": lambda job: job.ref.kind,
    "status": lambda job: job.status,
    "created (UTC)": lambda job: when(job.created),
    "time": lambda job: lasted(_seconds(job)),
    "metrics": _metrics,
}


def lines(job: Job, record: Mapping[str, Any]) -> dict[str, object]:
    """Everything a person wants to know of one job."""
    failure = job.failure
    return {
        "job": job.name,
        "kind": job.ref.kind,
        "status": f"{job.status} ({job.phase})" if job.phase else job.status,
        "attempt": _attempt(record.get("attempt")),
        "failure": f"{failure.cause}: {failure.message}" if failure else "",
        "created (UTC)": when(job.created),
        "time": lasted(_seconds(job)),
        "environment": record.get("environment", ""),
        "start": job.start,
        "metrics": _metrics(job),
        "usage": ", ".join(f"{name} {number(value)}" for name, value in job.usage.items()),
        "earlier attempts": _block(f"{entry['job']}  {entry['cause']}" for entry in _earlier(record)),
        "inputs": _block(f"{port}  {entry['name']}" for port, entry in record["inputs"].items()),
        "outputs": _block(f"{name}  {uri}" for name, uri in job.outputs.items()),
        "commit": commit(record["git"]),
        "code": record["code"]["digest"],
        "spec": record["spec"],
        "traceback": failure.traceback.rstrip() if failure else "",
        "last lines": _block(failure.log_tail) if failure else "",
    }


def _attempt(told: Mapping[str, Any] | None) -> str:
    if not told or (told["of"] == 1 and not told["earlier"]):
        return ""
    source = f", from the checkpoint of {told['went_on_from']}" if told["went_on_from"] else ""
    return f"{told['number']} of {told['of']}{source}"


def _earlier(record: Mapping[str, Any]) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = record.get("attempt", {}).get("earlier", [])
    return found


def _block(found: Any) -> str:  # noqa: ANN401 - any iterable of lines
    listed = list(found)
    return "\n".join(["", *listed]) if listed else ""
