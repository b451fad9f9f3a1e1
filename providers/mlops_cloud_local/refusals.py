"""What of a job's spec this computer cannot give, and what it can give instead."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mlops_cloud.results.requests import Refusal
from mlops_cloud_local.packages import missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.environment import Environment
    from mlops_cloud_local.machine import Machine

NATIVE_FIELDS = ("environment", "limits")
"""What `native: {local: …}` may change in a request."""


def of_compute(compute: Compute, machine: Machine) -> Iterator[Refusal]:
    """What a job cannot run on here; a size that was not asked for is never refused."""
    yield from _of_sizes(compute, machine)
    yield from _of_kinds(compute)


def of_environment(environment: Environment, machine: Machine) -> Iterator[Refusal]:
    """What is not installed here."""
    if environment.image:
        yield Refusal("environment.image", "no container engine is used: jobs are plain processes", "leave image out")
    if environment.python not in ("", machine.python):
        yield Refusal(
            "environment.python",
            f"jobs run with this interpreter, Python {machine.python}, not with {environment.python}",
            machine.python,
        )
    yield from _of_requirements(environment.requirements)


def of_secrets(names: tuple[str, ...], available: Collection[str]) -> Iterator[Refusal]:
    """The secrets that the profile cannot resolve now."""
    for name in names:
        if name not in available:
            yield Refusal(f"secrets.{name}", "the profile has no such secret, or its source is not there", _SECRET_HINT)


def of_native(native: dict[str, dict[str, object]]) -> Iterator[Refusal]:
    """Native fields that no request of this provider has."""
    for name in native.get("local", {}):
        if name not in NATIVE_FIELDS:
            yield Refusal(f"native.local.{name}", "a local request has no such field", ", ".join(NATIVE_FIELDS))


_SECRET_HINT = '[profiles.<name>.secrets] NAME = "env:NAME" or "file:PATH"'  # noqa: S105 - where one is declared


def _of_sizes(compute: Compute, machine: Machine) -> Iterator[Refusal]:
    asked = compute.model_fields_set
    if "cpu" in asked and compute.cpu > machine.cpus:
        yield Refusal("compute.cpu", f"this computer has {machine.cpus} processors", str(machine.cpus))
    if "memory" in asked and compute.memory > machine.memory:
        most = f"{machine.memory // 2**20}Mi"
        yield Refusal("compute.memory", f"this computer has {most} of memory", most)


def _of_kinds(compute: Compute) -> Iterator[Refusal]:
    if compute.gpu or compute.gpu_type:
        reason = "accelerators are not counted or reserved here"
        yield Refusal("compute.gpu", reason, "leave gpu out: a script finds this computer's accelerators by itself")
    if compute.instances > 1:
        yield Refusal("compute.instances", "this is one computer", "1")
    if compute.instance_type:
        yield Refusal("compute.instance_type", "this computer has no machine types", "cpu and memory")
    if compute.spot:
        reason = "there are no spot machines on your own computer; simulated interruptions come later"
        yield Refusal("compute.spot", reason, "spot: false")


def _of_requirements(requirements: str | tuple[str, ...]) -> Iterator[Refusal]:
    if isinstance(requirements, str):
        yield Refusal("environment.requirements", "the file was not read into lines before it came here")
        return
    if lines := missing(requirements):
        command = f"pip install {' '.join(shlex.quote(line) for line in lines)}"
        yield Refusal("environment.requirements", f"not installed in this interpreter: {', '.join(lines)}", command)
