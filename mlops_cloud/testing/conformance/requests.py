"""Requests: compiled purely, and exactly what is sent."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from mlops_cloud.testing.conformance.jobs_base import JobsBase
from mlops_cloud.testing.placeholders import unexplained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlops_cloud.provider.base import Provider, ProviderSettings
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.testing.conformance.jobs_base import Prepare

_COMPILE = """
import json, sys
from importlib import import_module
given = json.load(sys.stdin)
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.job import ProcessingJob
module, _, factory = given["target"].partition(":")
provider = getattr(import_module(module), factory)(ProviderSettings(**given["settings"]))
context = given["context"]
context["key"] = Key(**context["key"])
context["packages"] = tuple(context["packages"])
spec = ProcessingJob(**given["spec"])
requests = provider.requests(spec, RequestContext(**context))
provider.check(spec)
provider.close()
print(json.dumps([[[r.service, r.operation, r.body] for r in requests], sorted(sys.modules)]))
"""


class RequestsConformance(JobsBase):
    """A plan without SDK, without credentials, and without surprises."""

    sdk: ClassVar[tuple[str, ...]] = ()
    """Import names of the provider's SDK, beside `info.requires`."""
    native: ClassVar[dict[str, Any]] = {}
    """Fields for `native: {<provider>: …}` that a job's request takes."""

    @pytest.fixture
    def settings(self) -> ProviderSettings:
        """What another process opens the same provider with."""
        message = "override the fixture `settings`"
        raise NotImplementedError(message)

    def test_the_same_input_compiles_to_the_same(self, provider: Provider, prepare: Prepare) -> None:
        spec, context = prepare("pass", parameters={"a": [1, 2], "b": "x"}, env={"MODE": "fast"})
        first = provider.requests(spec, context)
        kept = copy.deepcopy(first)
        for request in first:
            request.body.clear()
        assert provider.requests(spec, context) == kept
        assert kept

    def test_every_request_is_plain_json(self, provider: Provider, prepare: Prepare) -> None:
        for training in (True, False):
            spec, context = prepare("pass", training=training, parameters={"text": "; $(x)\n\u202e"})
            for request in provider.requests(spec, context):
                assert request.service
                assert request.operation
                assert json.loads(json.dumps(request.body, allow_nan=False)) == request.body

    def test_compiling_creates_nothing(self, provider: Provider, prepare: Prepare) -> None:
        provider.requests(*prepare("pass"))
        assert list(provider.owned()) == []

    def test_placeholders_stand_in_the_body(self, provider: Provider, prepare: Prepare) -> None:
        assert unexplained(provider.requests(*prepare("pass"))) == []

    def test_native_fields_are_merged_last(self, provider: Provider, prepare: Prepare) -> None:
        assert self.native, "set the knob `native`"
        plain, context = prepare("pass")
        spec = plain.with_changes(native={provider.info.name: self.native})
        changed = [asdict(request)["body"] for request in provider.requests(spec, context)]
        assert any(_holds(body, self.native) for body in changed)
        assert not any(_holds(request.body, self.native) for request in provider.requests(plain, context))

    def test_other_providers_native_fields_are_left_alone(self, provider: Provider, prepare: Prepare) -> None:
        plain, context = prepare("pass")
        spec = plain.with_changes(native={"some-other-cloud": {"Field": 1}})
        assert provider.requests(spec, context) == provider.requests(plain, context)
        assert provider.check(spec) == []

    def test_compiling_loads_no_sdk(self, provider: Provider, prepare: Prepare, settings: ProviderSettings) -> None:
        spec, context = prepare("pass", parameters={"depth": 4})
        given = {
            "target": provider.info.target,
            "settings": asdict(settings),
            "spec": {**spec.content()},
            "context": asdict(context),
        }
        done = subprocess.run(
            [sys.executable, "-P", "-c", _COMPILE],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=self.deadline,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        assert done.returncode == 0, done.stderr
        compiled, modules = json.loads(done.stdout.splitlines()[-1])
        assert compiled == [[r.service, r.operation, r.body] for r in provider.requests(spec, context)]
        unwanted = {*provider.info.requires, *self.sdk}
        assert [name for name in modules if any(name == sdk or name.startswith(f"{sdk}.") for sdk in unwanted)] == []

    def test_what_is_sent_is_what_was_compiled(
        self, provider: Provider, prepare: Prepare, sent: Callable[[], Sequence[NativeRequest]]
    ) -> None:
        jobs: Jobs | None = provider.jobs
        assert jobs is not None
        spec, context = prepare("print('sent')", parameters={"text": "; $(x)\n"}, env={"MODE": "fast"})
        compiled = provider.requests(spec, context)
        before = len(sent())
        self.succeeded(jobs, jobs.submit(spec, context))
        self.is_sent(compiled, list(sent())[before:])


def _holds(body: object, changes: object) -> bool:
    if isinstance(changes, dict):
        return isinstance(body, dict) and all(
            name in body and _holds(body[name], item) for name, item in changes.items()
        )
    return body == changes
