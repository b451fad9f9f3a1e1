"""What of a job's spec this computer cannot give, and what it can give instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.results.requests import Refusal
from mlops_cloud_local import interpreters

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
    """What of an environment cannot be made here."""
    if environment.image:
        yield Refusal("environment.image", "no container engine is used: jobs are plain processes", "leave image out")
    if environment.python not in ("", machine.python) and interpreters.found(environment.python) is None:
        reason = f"there is no working python{environment.python} on PATH"
        yield Refusal("environment.python", reason, " or ".join(interpreters.versions()))
    if environment.requirements and isinstance(environment.requirements, str):
        yield Refusal("environment.requirements", "the file was not read into lines before it came here")


def of_secrets(names: tuple[str, ...], available: Collection[str]) -> Iterator[Refusal]:
    """The secrets that the profile cannot resolve now."""
    for name in names:
        if name not in available:
            yield Refusal(f"secrets.{name}", "the profile has no such secret, or its source is not there", _SECRET_HINT)


def of_native(native: dict[str, dict[str, object]]) -> Iterator[Refusal]:
    """Native fields that no request of this provider has."""
    for name, value in native.get("local", {}).items():
        if name not in NATIVE_FIELDS:
            yield Refusal(f"native.local.{name}", "a local request has no such field", ", ".join(NATIVE_FIELDS))
        elif not isinstance(value, dict):
            yield Refusal(f"native.local.{name}", "it is a table of names and values", f"{name}: {{…: …}}")


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
