"""A managed online endpoint and its deployments as the documents that `az ml … create -f` reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import InvalidSpecError, UnsupportedError
from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.specs.endpoint import Endpoint
from request_compilers.merging import merged

if TYPE_CHECKING:
    from mlops_cloud.results.endpoints import Deployment, EndpointState
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.compute import Compute

_SCHEMAS = "https://azuremlschemas.azureedge.net/latest"
_LONGEST = 32
UNKNOWN_VERSION = "2147483647"
"""Stands for a version that is registered only later; a legal one, so that the document stays valid."""
_MACHINES = (  # name, virtual CPUs, GiB
    ("Standard_DS2_v2", 2, 7),
    ("Standard_DS3_v2", 4, 14),
    ("Standard_DS4_v2", 8, 28),
    ("Standard_F16s_v2", 16, 32),
    ("Standard_F32s_v2", 32, 64),
)


@dataclass(frozen=True)
class AzureConfig:
    """The profile's fields that reach an online endpoint."""

    subscription: str
    resource_group: str
    workspace: str
    location: str
    environment: str
    """Asset with our server, `azureml:<name>:<version>`."""
    code: str
    """Asset with score.py, `azureml:<name>:<version>`."""
    user_identity: str = ""
    private: bool = False


def endpoint_name(name: str, config: AzureConfig) -> str:
    """The name within the whole region: the user's own and a suffix that belongs to this workspace."""
    scope = f"{config.subscription}/{config.resource_group}/{config.workspace}/{name}".lower()
    full = f"{name}-{sha256(scope.encode()).hexdigest()[:6]}"
    if len(full) > _LONGEST or not re.fullmatch(r"[a-z][a-z0-9-]*", full):
        raise InvalidSpecError(
            f"endpoint name {name!r} does not fit Azure",
            why=f"with its suffix it is {full!r}; a letter, then letters, digits and '-', at most {_LONGEST} in all",
            fix="choose another name",
        )
    return full


def endpoint_requests(wanted: EndpointState, config: AzureConfig, context: RequestContext) -> list[NativeRequest]:
    """The endpoint, its deployments, and the traffic, which can move only when these stand."""
    shell = _endpoint(wanted, config, context)
    return [
        NativeRequest("azureml", "online-endpoint create", shell),
        *(_deployment(deployment, wanted, config, context) for deployment in wanted.deployments),
        NativeRequest("azureml", "online-endpoint update", shell | _traffic(wanted)),
    ]


def _traffic(wanted: EndpointState) -> dict[str, dict[str, int]]:
    shadows = {deployment.name: deployment.shadow for deployment in wanted.deployments if deployment.shadow}
    traffic = {"traffic": {deployment.name: deployment.traffic for deployment in wanted.deployments}}
    return traffic | ({"mirror_traffic": shadows} if shadows else {})


def _model(deployment: Deployment) -> tuple[str, tuple[str, ...]]:
    found = re.fullmatch(r"model://([a-z0-9._-]+)/(.+)", deployment.model)
    if found is None:
        raise InvalidSpecError(f"{deployment.model!r} is no registered model")
    known = found[2].isdigit()
    asset = f"azureml:{found[1]}:{found[2] if known else UNKNOWN_VERSION}"
    return asset, () if known else (asset,)


def _endpoint(wanted: EndpointState, config: AzureConfig, context: RequestContext) -> dict[str, Any]:
    document: dict[str, Any] = {
        "$schema": f"{_SCHEMAS}/managedOnlineEndpoint.schema.json",
        "name": endpoint_name(wanted.name, config),
        "auth_mode": "aad_token",
        "public_network_access": "disabled" if config.private else "enabled",
        "tags": _tags(wanted, context),
    }
    if config.user_identity:
        document["identity"] = {
            "type": "user_assigned",
            "user_assigned_identities": [{"resource_id": config.user_identity}],
        }
    return document


def _deployment(
    deployment: Deployment, wanted: EndpointState, config: AzureConfig, context: RequestContext
) -> NativeRequest:
    spec = deployment.spec or Endpoint(name=wanted.name, model=deployment.model)
    model, needs = _model(deployment)
    document = _document(deployment, spec, config) | {
        "endpoint_name": endpoint_name(wanted.name, config),
        "model": model,
        "tags": _tags(wanted, context),
        **_collector(wanted.capture),
    }
    body = merged(document, spec.native.get("azureml", {}))
    return NativeRequest("azureml", "online-deployment create", body, needs=needs)


def _document(deployment: Deployment, spec: Endpoint, config: AzureConfig) -> dict[str, Any]:
    if spec.scaling.max > max(1, spec.scaling.min):
        raise UnsupportedError("scaling between limits needs an autoscale setting of Azure Monitor", why="not compiled")
    return {
        "$schema": f"{_SCHEMAS}/managedOnlineDeployment.schema.json",
        "name": deployment.name,
        "code_configuration": {"code": config.code, "scoring_script": "score.py"},
        "environment": spec.environment.image or config.environment,
        "instance_type": spec.compute.instance_type or _machine(spec.compute),
        "instance_count": max(1, deployment.copies, spec.scaling.min),
        "liveness_probe": _probe(initial_delay=60, failure_threshold=30),
        "readiness_probe": _probe(initial_delay=10, failure_threshold=60),
        "request_settings": {"request_timeout_ms": 60000, "max_concurrent_requests_per_instance": 4},
        "egress_public_network_access": "disabled" if config.private else "enabled",
    }


def _probe(*, initial_delay: int, failure_threshold: int) -> dict[str, int]:
    return {
        "initial_delay": initial_delay,
        "period": 10,
        "timeout": 2,
        "success_threshold": 1,
        "failure_threshold": failure_threshold,
    }


def _collector(rate: float) -> dict[str, Any]:
    if not rate:
        return {}
    on = {"enabled": "true"}
    collections = {"request": on, "response": on}
    return {"data_collector": {"collections": collections, "sampling_rate": rate, "rolling_rate": "hour"}}


def _tags(wanted: EndpointState, context: RequestContext) -> dict[str, str]:
    return {
        **context.tags,
        **wanted.tags,
        "mlops-cloud-project": context.project,
        "mlops-cloud-key": context.key.digest,
    }


def _machine(compute: Compute) -> str:
    for name, cpu, memory in _MACHINES:
        if not compute.gpu and cpu >= compute.cpu and memory * 2**30 >= compute.memory:
            return name
    raise InvalidSpecError("no machine of our table is that large", fix="name one as compute.instance_type")
