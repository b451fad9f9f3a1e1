"""Endpoints: one request of the cloud for each step towards what is wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError, NotFoundError, UnsupportedError
from mlops_cloud.provider.endpoints import Endpoints
from mlops_cloud.results.endpoints import CaptureSource, Deployment, Endpoint, Prediction
from mlops_cloud.results.identity import Ref, Uri
from mlops_cloud.results.jobs import LogPage, Metric
from mlops_cloud_stub.endpoint_requests import change_body, create_body, deploy_body
from mlops_cloud_stub.faults import translated
from mlops_cloud_stub.labels import Labels

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping

    from mlops_cloud.results.endpoints import EndpointState
    from mlops_cloud.results.identity import Key
    from mlops_cloud_stub.cloud import Cloud
    from mlops_cloud_stub.serving_side import Served, Serving
    from mlops_cloud_stub.storage import StubStorage


class StubEndpoints(Endpoints):
    """The user's name is the cloud's title; ids are the cloud's."""

    def __init__(self, cloud: Cloud, storage: StubStorage, project: str, names: re.Pattern[str]) -> None:
        self._cloud = cloud
        self._storage = storage
        self._labels = Labels(storage, project, "endpoints")
        self._names = names

    def apply(self, wanted: EndpointState, key: Key, last: Endpoint | None) -> Endpoint:
        """Look, send at most one change, and say what is still missing."""
        if not self._names.fullmatch(wanted.name):
            raise InvalidSpecError(f"{wanted.name[:80]!r} cannot name an endpoint", provider="stub")
        with translated():
            serving = self._described(wanted.name)
            if serving is None:
                serving = self._cloud.endpoints.describe(self._cloud.endpoints.create(create_body(wanted)))
            self._labels.put(serving.id, key, wanted.name, self._cloud.now())
            if not serving.operations:
                self._step(serving, wanted)
            return self._observed(serving, wanted)

    def predict(
        self, name: str, body: bytes, content_type: str, *, request_id: str, deployment: str | None = None
    ) -> Prediction:
        """The answer of whoever the cloud chose."""
        if content_type != "application/json":
            raise InvalidSpecError(f"this cloud takes no {content_type}", provider="stub")
        with translated():
            answer, served = self._cloud.endpoints.predict(self._id(name), body, request_id, deployment)
        asked = served.asked
        return Prediction(answer, "application/json", request_id, asked["title"], asked["note"])

    def metrics(self, name: str, window: float) -> Iterator[Metric]:
        """How many requests there were."""
        with translated():
            requests = self._cloud.endpoints.describe(self._id(name)).requests
        yield Metric("requests", float(requests), time=self._cloud.now())

    def capture(self, name: str) -> CaptureSource:
        """One file a request, by the hour."""
        native_id = self._id(name)
        with translated():
            if not self._cloud.endpoints.describe(native_id).capture:
                raise UnsupportedError(f"endpoint {name} records nothing", provider="stub")
        return CaptureSource("json", Uri(f"{self._storage.root}/capture/{native_id}"), "%Y/%m/%d/%H")

    def feedback(self, name: str, labels: Iterable[Mapping[str, object]]) -> None:
        """One object an answer."""
        native_id = self._id(name)
        for label in labels:
            uri = Uri(f"{self._storage.root}/feedback/{native_id}/{label['id']}.json")
            self._storage.create(uri, json.dumps(dict(label)).encode())

    def get(self, name: str) -> Endpoint:
        """What serves now."""
        with translated():
            return self._observed(self._cloud.endpoints.describe(self._id(name)), None)

    def find(self, key: Key) -> Ref | None:
        """The endpoint whose label has the key."""
        label = self._labels.with_key(key)
        return Ref("endpoints", "endpoint", label.name, label.native_id) if label else None

    def list(self) -> Iterator[Ref]:
        """Labelled endpoints, by name."""
        ours = {label.native_id for label in self._labels.all()}
        for serving in sorted(self._cloud.endpoints.all(), key=lambda one: one.title):
            if serving.id in ours:
                yield Ref("endpoints", "endpoint", serving.title, serving.id)

    def logs(self, name: str, cursor: str = "") -> LogPage:
        """Lines by their number; the log of an endpoint never ends."""
        with translated():
            lines = self._cloud.endpoints.describe(self._id(name)).log
        return LogPage(tuple(lines[int(cursor or 0) :]), str(len(lines)), ended=False)

    def delete(self, name: str) -> None:
        """Begin to take it down."""
        for serving in self._cloud.endpoints.all():
            if serving.title == name:
                with translated():
                    self._cloud.endpoints.delete(serving.id)
                self._labels.remove(serving.id)

    def _id(self, name: str) -> str:
        for serving in self._cloud.endpoints.all():
            if serving.title == name:
                return serving.id
        raise NotFoundError(f"no endpoint {name}", provider="stub")

    def _described(self, name: str) -> Serving | None:
        try:
            return self._cloud.endpoints.describe(self._id(name))
        except NotFoundError:
            return None

    def _step(self, serving: Serving, wanted: EndpointState) -> None:
        server = self._cloud.endpoints
        matched = {d.name: _match(serving, d) for d in wanted.deployments}
        missing = [d for d in wanted.deployments if matched[d.name] is None]
        found = [one for one in matched.values() if one is not None]
        if missing:
            server.deploy(deploy_body(serving.id, missing[0]))
        elif any(one.state == "failed" for one in found):
            return
        elif self._differs(serving, wanted):
            server.change(change_body(serving.id, wanted, {name: one.id for name, one in matched.items() if one}))
        elif spare := [one for one in serving.deployments.values() if one not in found]:
            server.undeploy(serving.id, spare[0].id)

    def _differs(self, serving: Serving, wanted: EndpointState) -> bool:
        traffic = {one.id: d.traffic for d in wanted.deployments if (one := _match(serving, d)) is not None}
        actual = {one.id: one.traffic for one in serving.deployments.values() if one.traffic or one.id in traffic}
        return actual != traffic or serving.capture != wanted.capture

    def _observed(self, serving: Serving, wanted: EndpointState | None) -> Endpoint:
        deployments = tuple(
            Deployment(
                one.asked["title"],
                one.asked["note"],
                Uri(one.asked["bundle"]),
                one.traffic,
                copies=one.asked["copies"],
                status=_STATES[one.state],
            )
            for one in serving.deployments.values()
        )
        failed = [
            one.reason for d in (wanted.deployments if wanted else ()) if (one := _match(serving, d)) and one.reason
        ]
        there = len(serving.deployments) == len(wanted.deployments) if wanted else True
        settled = not serving.operations and not failed and there
        label = self._labels.of(serving.id)
        return Endpoint(
            name=serving.title, deployments=deployments,
            converged=settled and (wanted is None or not self._differs(serving, wanted)),
            pending=tuple(name for name, _, _ in serving.operations), key=label.key if label else "",
            url=f"stub://endpoints/{serving.id}", failure="; ".join(failed),
        )  # fmt: skip


_STATES = {"creating": "pending", "ready": "ready", "failed": "failed"}


def _match(serving: Serving, wanted: Deployment) -> Served | None:
    asked = deploy_body(serving.id, wanted)
    return next((one for one in serving.deployments.values() if one.asked == asked), None)
