"""An endpoint's state as the cloud's own requests: pure. Ids that the cloud has still to make are placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.specs.compute import Compute
from mlops_cloud_stub.job_requests import machine_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.results.endpoints import Deployment, EndpointState

_ENDPOINT = "e-000000-000000"


def endpoint_requests(wanted: EndpointState) -> list[NativeRequest]:
    """All that is sent until an endpoint that is not there yet is as wanted."""
    ids = {deployment.name: f"d-000000-{number:06d}" for number, deployment in enumerate(wanted.deployments)}
    requests = [NativeRequest("stub", "endpoints.create", create_body(wanted), produces=(_ENDPOINT,))]
    for deployment in wanted.deployments:
        body, made = deploy_body(_ENDPOINT, deployment), (ids[deployment.name],)
        requests.append(NativeRequest("stub", "endpoints.deploy", body, needs=(_ENDPOINT,), produces=made))
    change = change_body(_ENDPOINT, wanted, ids)
    if change["traffic"] or change["capture"]:
        needs = (_ENDPOINT, *change["traffic"])
        requests.append(NativeRequest("stub", "endpoints.change", change, needs=needs))
    return requests


def create_body(wanted: EndpointState) -> dict[str, Any]:
    """What `endpoints.create` takes."""
    return {"title": wanted.name}


def deploy_body(endpoint: str, deployment: Deployment) -> dict[str, Any]:
    """What `endpoints.deploy` takes."""
    spec = deployment.spec
    body = {
        "endpoint": endpoint,
        "title": deployment.name,
        "bundle": str(deployment.bundle),
        "note": deployment.model,
        "machine": machine_of(spec.compute if spec else Compute()),
        "copies": max(deployment.copies, spec.scaling.min if spec else 1),
    }
    return {**body, **(spec.native.get("stub", {}) if spec else {})}


def change_body(endpoint: str, wanted: EndpointState, ids: Mapping[str, str]) -> dict[str, Any]:
    """What `endpoints.change` takes; deployments without traffic are left out."""
    traffic = {ids[deployment.name]: deployment.traffic for deployment in wanted.deployments if deployment.traffic}
    return {"endpoint": endpoint, "traffic": traffic, "capture": float(wanted.capture)}
