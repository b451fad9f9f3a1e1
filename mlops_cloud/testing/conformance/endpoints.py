"""Endpoints: applied until they converge, without ever taking down what serves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from mlops_cloud.errors import MlopsCloudError, NotFoundError, UnsupportedError
from mlops_cloud.results.endpoints import Deployment, EndpointState
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.endpoint import Endpoint as EndpointSpec
from mlops_cloud.testing.conformance.base import Conformance
from mlops_cloud.testing.placeholders import unexplained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.endpoints import Endpoints
    from mlops_cloud.results.endpoints import Endpoint, Prediction
    from mlops_cloud.results.identity import Key, Uri
    from mlops_cloud.results.requests import NativeRequest

_PREDICTOR = """
import json
from pathlib import Path

def load(model_dir):
    return json.loads(Path(model_dir, "answer.json").read_text())

def predict(model, rows):
    return [model for _ in rows]
"""
_CALLS = 60


class EndpointsConformance(Conformance):
    """Say what should serve, read back what serves."""

    endpoint_fields: ClassVar[dict[str, Any]] = {}
    """Fields of every endpoint, where the provider needs some, e.g. an environment with an image."""
    native: ClassVar[dict[str, Any]] = {}
    """Fields for `native: {<provider>: …}` that a deployment's request takes."""

    @pytest.fixture
    def endpoints(self, provider: Provider) -> Endpoints:
        """The family under test."""
        assert provider.endpoints is not None, "declare it as lacking, and leave this class out"
        return provider.endpoints

    @pytest.fixture
    def deployment(self, provider: Provider, tmp_path: Path) -> Callable[..., Deployment]:
        """Gives a deployment whose model answers every row with one number."""

        def made(name: str, answer: int, traffic: int = 100, predictor: str = _PREDICTOR) -> Deployment:
            files = {
                "model/answer.json": json.dumps(answer).encode(),
                "code/predictor.py": predictor.encode(),
                "requirements.lock": b"",
                "signature.json": json.dumps({"predictor": "predictor.py", "example": [{"x": 1}]}).encode(),
            }
            bundle: Uri = self.stored(provider, tmp_path, files, "bundle")
            model = f"model://kit-model/{answer}"
            spec = EndpointSpec(name="kit-endpoint", model=model, **self.endpoint_fields)
            return Deployment(name, model, bundle, traffic, spec=spec)

        return made

    def request(self, rows: list[dict[str, Any]]) -> tuple[bytes, str]:
        """The body of one request and its content type."""
        return json.dumps({"instances": rows}).encode(), "application/json"

    def answers(self, prediction: Prediction) -> list[Any]:
        """The predictions in an answer."""
        found: list[Any] = json.loads(prediction.body)["predictions"]
        return found

    def state(self, *deployments: Deployment, capture: float = 0.0) -> EndpointState:
        """What should serve."""
        return EndpointState("kit-endpoint", deployments, capture)

    def applied(self, endpoints: Endpoints, wanted: EndpointState, key: Key | None = None) -> Endpoint:
        """The endpoint, applied until it is what was wanted or says why it cannot be."""
        used = key or self.key("endpoints", wanted.name)
        last: Endpoint | None = None

        def step() -> Endpoint | None:
            nonlocal last
            last = endpoints.apply(wanted, used, last)
            return last if last.converged or last.failure else None

        found = self.until(step)
        assert found is not None
        return found

    def served(self, endpoints: Endpoints, wanted: EndpointState) -> Endpoint:
        """The endpoint, which must have converged."""
        endpoint = self.applied(endpoints, wanted)
        assert endpoint.failure == ""
        assert endpoint.pending == ()
        assert {d.name: (d.model, d.traffic, d.status) for d in endpoint.deployments} == {
            d.name: (d.model, d.traffic, "ready") for d in wanted.deployments
        }
        return endpoint

    def ask(self, endpoints: Endpoints, number: int = 0, deployment: str | None = None) -> Prediction:
        """One request."""
        body, kind = self.request([{"x": 1}, {"x": 2}])
        return endpoints.predict("kit-endpoint", body, kind, request_id=f"kit-{number}", deployment=deployment)

    def gone(self, endpoints: Endpoints) -> bool:
        """Whether nothing serves under the name any more."""
        try:
            endpoints.get("kit-endpoint")
        except NotFoundError:
            return True
        return False

    def test_apply_until_converged(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        wanted = self.state(deployment("one", 11))
        key = self.key("endpoints", "kit-endpoint")
        first = endpoints.apply(wanted, key, None)
        assert first.name == "kit-endpoint"
        assert first.converged or first.pending, "what has not converged says what it waits for"
        self.served(endpoints, wanted)
        assert endpoints.get("kit-endpoint").converged
        answer = self.ask(endpoints)
        assert self.answers(answer) == [11, 11]
        assert (answer.deployment, answer.request_id) == ("one", "kit-0")
        assert answer.content_type.startswith("application/json")

    def test_what_is_sent_is_what_was_compiled(
        self,
        provider: Provider,
        endpoints: Endpoints,
        deployment: Callable[..., Deployment],
        sent: Callable[[], Sequence[NativeRequest]],
    ) -> None:
        wanted = self.state(self.asked(provider, deployment("one", 11, 60)), deployment("two", 22, 40), capture=0.5)
        key = self.key("endpoints", wanted.name)
        context = RequestContext(key, self.project)
        compiled = provider.requests(wanted, context)
        assert compiled
        assert list(provider.owned()) == [], "compiling creates nothing"
        assert provider.requests(wanted, context) == compiled
        assert [json.loads(json.dumps(r.body, allow_nan=False)) for r in compiled] == [r.body for r in compiled]
        assert unexplained(compiled) == []
        before = len(sent())
        assert self.applied(endpoints, wanted, key).converged
        self.is_sent(compiled, list(sent())[before:])

    def test_what_a_deployment_is_asked_for_is_compiled(
        self, provider: Provider, deployment: Callable[..., Deployment]
    ) -> None:
        plain = deployment("one", 11)
        assert plain.spec is not None
        context = RequestContext(self.key("endpoints", "kit-endpoint"), self.project)
        default = provider.requests(self.state(plain), context)
        other = plain.spec.with_changes(native={"some-other-cloud": {"Field": 1}})
        assert provider.requests(self.state(replace(plain, spec=other)), context) == default
        larger = plain.spec.with_changes(compute=Compute(cpu=4, memory="8Gi"))
        for spec in (larger, self.asked(provider, plain).spec):
            assert provider.requests(self.state(replace(plain, spec=spec)), context) != default

    def asked(self, provider: Provider, deployment: Deployment) -> Deployment:
        """The deployment, asked for with native fields."""
        assert self.native, "set the knob `native`"
        assert deployment.spec is not None
        return replace(deployment, spec=deployment.spec.with_changes(native={provider.info.name: self.native}))

    def test_applying_again_changes_nothing(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        wanted = self.state(deployment("one", 11))
        first = self.served(endpoints, wanted)
        assert self.served(endpoints, wanted) == replace(first, key=endpoints.get("kit-endpoint").key)
        assert [ref.name for ref in endpoints.list()] == ["kit-endpoint"]

    def test_found_by_key(
        self,
        provider: Provider,
        endpoints: Endpoints,
        deployment: Callable[..., Deployment],
        another: Callable[[], Provider],
    ) -> None:
        first, second = self.key("endpoints", "kit-endpoint"), self.key("endpoints", "kit-endpoint")
        self.applied(endpoints, self.state(deployment("one", 11)), first)
        self.applied(endpoints, self.state(deployment("two", 22)), second)
        other = another()
        try:
            assert other.endpoints is not None
            ref = other.endpoints.find(second)
            assert ref is not None
            assert (ref.family, ref.name) == ("endpoints", "kit-endpoint")
            assert other.endpoints.get("kit-endpoint").key == second.digest
        finally:
            other.close()
        assert endpoints.find(self.key("endpoints", "kit-endpoint", "never made")) is None
        assert ref in list(provider.owned())

    def test_traffic_is_divided_and_moves(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        old, new = deployment("one", 11, 100), deployment("two", 22, 0)
        self.served(endpoints, self.state(old))
        self.served(endpoints, self.state(old, new))
        assert {self.answers(self.ask(endpoints, n))[0] for n in range(10)} == {11}
        assert self.answers(self.ask(endpoints, deployment="two")) == [22, 22]
        self.served(endpoints, self.state(replace(old, traffic=50), replace(new, traffic=50)))
        seen = [self.answers(self.ask(endpoints, n))[0] for n in range(_CALLS)]
        assert set(seen) == {11, 22}
        self.served(endpoints, self.state(replace(new, traffic=100)))
        assert {self.answers(self.ask(endpoints, n))[0] for n in range(10)} == {22}

    def test_a_bundle_that_cannot_be_loaded_leaves_the_old_serving(
        self, endpoints: Endpoints, deployment: Callable[..., Deployment]
    ) -> None:
        old = deployment("one", 11)
        self.served(endpoints, self.state(old))
        broken = deployment("two", 22, 100, "raise RuntimeError('cannot load this: kit')\n")
        endpoint = self.applied(endpoints, self.state(broken))
        assert not endpoint.converged
        assert "cannot load this" in endpoint.failure
        assert self.answers(self.ask(endpoints)) == [11, 11]
        self.served(endpoints, self.state(old))
        assert self.answers(self.ask(endpoints)) == [11, 11]

    def test_a_model_is_replaced_without_a_gap(
        self, endpoints: Endpoints, deployment: Callable[..., Deployment]
    ) -> None:
        self.served(endpoints, self.state(deployment("one", 11)))
        wanted, key = self.state(deployment("two", 22)), self.key("endpoints", "kit-endpoint")
        last: Endpoint | None = None

        def step() -> bool:
            nonlocal last
            last = endpoints.apply(wanted, key, last)
            assert self.answers(self.ask(endpoints)) in ([11, 11], [22, 22])
            return last.converged

        self.until(step)
        assert self.answers(self.ask(endpoints)) == [22, 22]

    def test_requests_that_cannot_be_answered(
        self, endpoints: Endpoints, deployment: Callable[..., Deployment]
    ) -> None:
        with pytest.raises(NotFoundError):
            self.ask(endpoints)
        self.served(endpoints, self.state(deployment("one", 11)))
        with pytest.raises(NotFoundError):
            self.ask(endpoints, deployment="nothing")
        with pytest.raises(MlopsCloudError):
            endpoints.predict("kit-endpoint", b"{", "application/json", request_id="kit-bad")
        assert self.answers(self.ask(endpoints)) == [11, 11]

    def test_what_is_recorded(
        self, provider: Provider, endpoints: Endpoints, deployment: Callable[..., Deployment]
    ) -> None:
        only = deployment("one", 11)
        self.served(endpoints, self.state(only))
        with pytest.raises(UnsupportedError):
            endpoints.capture("kit-endpoint")
        self.served(endpoints, self.state(only, capture=1.0))
        for number in range(3):
            self.ask(endpoints, number)
        source = endpoints.capture("kit-endpoint")
        assert source.format
        assert source.partition.startswith("%Y")
        self.until(lambda: list(provider.storage.list(source.root)))

    def test_true_answers_come_later(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        self.served(endpoints, self.state(deployment("one", 11), capture=1.0))
        self.ask(endpoints, 1)
        endpoints.feedback("kit-endpoint", [{"id": "kit-1", "label": 11}])
        with pytest.raises(NotFoundError):
            endpoints.feedback("kit-nothing", [{"id": "kit-1", "label": 11}])

    def test_metrics_have_names_and_values(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        self.served(endpoints, self.state(deployment("one", 11)))
        for number in range(5):
            self.ask(endpoints, number)
        found = self.until(lambda: list(endpoints.metrics("kit-endpoint", 3600)))
        assert all(metric.name and metric.time is not None for metric in found)

    def test_logs_are_paged(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        self.served(endpoints, self.state(deployment("one", 11)))
        first = self.until(lambda: page if (page := endpoints.logs("kit-endpoint")).lines else None)
        assert first is not None
        assert not first.ended, "an endpoint's log goes on as long as it serves"
        following = endpoints.logs("kit-endpoint", first.cursor)
        assert not set(first.lines) & set(following.lines) or first.cursor != following.cursor

    def test_what_is_not_there(self, endpoints: Endpoints) -> None:
        with pytest.raises(NotFoundError):
            endpoints.get("kit-endpoint")
        with pytest.raises(NotFoundError):
            endpoints.logs("kit-endpoint")
        with pytest.raises(NotFoundError):
            list(endpoints.metrics("kit-endpoint", 3600))
        with pytest.raises(NotFoundError):
            endpoints.capture("kit-endpoint")
        assert list(endpoints.list()) == []

    def test_deleted_twice(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        key = self.key("endpoints", "kit-endpoint")
        self.applied(endpoints, self.state(deployment("one", 11)), key)
        endpoints.delete("kit-endpoint")
        self.until(lambda: self.gone(endpoints))
        endpoints.delete("kit-endpoint")
        assert list(endpoints.list()) == []
        assert endpoints.find(key) is None
        with pytest.raises(NotFoundError):
            self.ask(endpoints)

    def test_deleted_before_it_converged(self, endpoints: Endpoints, deployment: Callable[..., Deployment]) -> None:
        endpoints.apply(self.state(deployment("one", 11)), self.key("endpoints", "kit-endpoint"), None)
        endpoints.delete("kit-endpoint")
        self.until(lambda: self.gone(endpoints))
