"""The cloud's endpoints: every change is an operation that takes a few looks to finish."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

from mlops_cloud_stub.faults import CloudError, strict
from mlops_cloud_stub.running_side import MACHINES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud_stub.cloud import Cloud

_LOOKS = 2
_DEPLOYMENT: dict[str, type] = {
    "endpoint": str, "title": str, "bundle": str, "note": str, "machine": str, "copies": int,
}  # fmt: skip


@dataclass
class Served:
    """One deployment."""

    id: str
    asked: dict[str, Any]
    state: str = "creating"
    reason: str = ""
    traffic: int = 0
    answer: Callable[[list[Any]], list[Any]] | None = None


@dataclass
class Serving:
    """One endpoint and what still happens to it."""

    id: str
    title: str
    deployments: dict[str, Served] = field(default_factory=dict)
    capture: float = 0.0
    operations: list[tuple[str, int, Callable[[], object]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    requests: int = 0


class EndpointServer:
    """Serves predictions through the bundle's own predictor."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._endpoints: dict[str, Serving] = {}

    def create(self, body: dict[str, Any]) -> str:
        """A new endpoint, once its operation has finished; titles need not be unique."""
        strict(body, {"title": str})
        with self._cloud.lock:
            self._cloud.receive("endpoints.create", body)
            serving = Serving(self._cloud.new_id("e"), body["title"])
            self._endpoints[serving.id] = serving
            self._later(serving, "create", lambda: serving.log.append("endpoint ready"))
            return serving.id

    def describe(self, native_id: str) -> Serving:
        """The endpoint as it is now; looking lets its operations go on."""
        with self._cloud.lock:
            serving = self._known(native_id)
            if serving.operations:
                name, looks, finish = serving.operations.pop(0)
                if looks:
                    serving.operations.insert(0, (name, looks - 1, finish))
                else:
                    finish()
            return self._known(native_id)

    def all(self) -> list[Serving]:
        """All endpoints, oldest first."""
        return list(self._endpoints.values())

    def deploy(self, body: dict[str, Any]) -> None:
        """A deployment more, loaded later; it gets no traffic by itself."""
        strict(body, _DEPLOYMENT)
        if body["machine"] not in MACHINES:
            raise CloudError("Invalid", f"machine {body['machine']!r}")
        with self._cloud.lock:
            serving = self._free(body["endpoint"])
            self._cloud.receive("endpoints.deploy", body)
            served = Served(self._cloud.new_id("d"), body)
            serving.deployments[served.id] = served
            self._later(serving, f"deploy {served.id}", lambda: self._load(serving, served))

    def undeploy(self, native_id: str, deployment: str) -> None:
        """One deployment less; not one with traffic."""
        with self._cloud.lock:
            serving = self._free(native_id)
            if serving.deployments[deployment].traffic:
                raise CloudError("InUse", f"{deployment} has traffic")
            self._later(serving, f"undeploy {deployment}", partial(serving.deployments.pop, deployment))

    def change(self, body: dict[str, Any]) -> None:
        """Divide the traffic among deployments that are ready, and set what is recorded."""
        strict(body, {"endpoint": str, "traffic": dict, "capture": float})
        traffic = body["traffic"]
        with self._cloud.lock:
            serving = self._free(body["endpoint"])
            if traffic and sum(traffic.values()) != 100:
                raise CloudError("Invalid", f"traffic {traffic} is not 100 percent")
            if any(serving.deployments[name].state != "ready" for name in traffic):
                raise CloudError("InUse", "a deployment is not ready")
            self._cloud.receive("endpoints.change", body)
            self._later(serving, "change", lambda: self._changed(serving, traffic, body["capture"]))

    def delete(self, native_id: str) -> None:
        """Take it down, later, whatever still happens."""
        with self._cloud.lock:
            serving = self._known(native_id)
            if not any(name == "delete" for name, _, _ in serving.operations):
                serving.operations.clear()
                self._later(serving, "delete", partial(self._endpoints.pop, native_id))

    def predict(self, native_id: str, body: bytes, request: str, deployment: str | None) -> tuple[bytes, Served]:
        """The answer of one deployment: the named one, or one by its share of the traffic."""
        with self._cloud.lock:
            serving = self._known(native_id)
            served = self._chosen(serving, request, deployment)
            try:
                rows = json.loads(body)["instances"]
            except (ValueError, KeyError, TypeError) as exc:
                raise CloudError("Invalid", f"the body has no instances: {exc}") from exc
            answers = served.answer(rows) if served.answer else []
            serving.requests += 1
            serving.log.append(f"{request} answered by {served.asked['title']}")
            if int(sha256(f"capture {request}".encode()).hexdigest(), 16) % 100 < serving.capture * 100:
                self._record(serving, request, rows, answers)
            return json.dumps({"predictions": answers}).encode(), served

    def _known(self, native_id: str) -> Serving:
        if native_id not in self._endpoints:
            raise CloudError("NotFound", f"no endpoint {native_id}")
        return self._endpoints[native_id]

    def _free(self, native_id: str) -> Serving:
        serving = self._known(native_id)
        if serving.operations:
            raise CloudError("InUse", f"operation {serving.operations[0][0]} still runs")
        return serving

    def _later(self, serving: Serving, name: str, finish: Callable[[], object]) -> None:
        serving.operations.append((name, _LOOKS, finish))

    def _changed(self, serving: Serving, traffic: dict[str, int], capture: float) -> None:
        serving.capture = capture
        for name, served in serving.deployments.items():
            served.traffic = traffic.get(name, 0)

    def _load(self, serving: Serving, served: Served) -> None:
        try:
            served.answer = _predictor(self._cloud.path(served.asked["bundle"]), served.id)
            served.state = "ready"
        except Exception as exc:  # noqa: BLE001 - whatever a user's predictor raises
            served.state, served.reason = "failed", f"{type(exc).__name__}: {exc}"
        serving.log.append(f"{served.asked['title']} {served.state} {served.reason}".strip())

    def _chosen(self, serving: Serving, request: str, deployment: str | None) -> Served:
        if deployment is not None:
            found = [
                one for one in serving.deployments.values() if one.asked["title"] == deployment and one.state == "ready"
            ]
            if not found:
                raise CloudError("NotFound", f"no deployment {deployment}")
            return found[0]
        place = int(sha256(request.encode()).hexdigest(), 16) % 100
        for served in serving.deployments.values():
            place -= served.traffic
            if place < 0:
                return served
        raise CloudError("NotReady", "no deployment has traffic")

    def _record(self, serving: Serving, request: str, rows: list[Any], answers: list[Any]) -> None:
        now = self._cloud.now()
        folder = self._cloud.bucket / "capture" / serving.id / strftime("%Y/%m/%d/%H", gmtime(now))
        folder.mkdir(parents=True, exist_ok=True)
        record = {"id": request, "time": now, "inputs": rows, "outputs": answers}
        (folder / f"{request}.json").write_text(json.dumps(record))


def _predictor(bundle: Path, name: str) -> Callable[[list[Any]], list[Any]]:
    spec = spec_from_file_location(f"predictor_{name}", bundle / "code/predictor.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load(bundle / "model")
    return lambda rows: module.predict(model, rows)
