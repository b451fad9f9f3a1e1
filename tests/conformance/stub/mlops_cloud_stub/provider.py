"""The provider of the stub cloud."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_cloud.errors import UnsupportedError
from mlops_cloud.provider.base import Provider
from mlops_cloud.provider.capabilities import Capabilities, Feature, Support
from mlops_cloud.results.endpoints import EndpointState
from mlops_cloud.results.identity import Ref
from mlops_cloud.results.requests import Finding, Image, NativeRequest, Refusal
from mlops_cloud.specs.job import JobSpec
from mlops_cloud.specs.monitor import Monitor
from mlops_cloud_stub.cloud import cloud_at
from mlops_cloud_stub.config import StubConfig
from mlops_cloud_stub.datasets import StubDatasets
from mlops_cloud_stub.endpoint_requests import endpoint_requests
from mlops_cloud_stub.endpoints import StubEndpoints
from mlops_cloud_stub.job_requests import run_body, schedule_body
from mlops_cloud_stub.jobs import StubJobs
from mlops_cloud_stub.models import StubModels
from mlops_cloud_stub.monitors import StubMonitors
from mlops_cloud_stub.plugin import INFO
from mlops_cloud_stub.running_side import MACHINES
from mlops_cloud_stub.storage import StubStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.provider.base import ProviderSettings
    from mlops_cloud.results.requests import Price, RequestContext
    from mlops_cloud.specs.base import Spec
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.environment import Environment

NO_ENGINE = "the portable engine is not built yet"
_NOT_HERE = "the stub has no such thing"
_LACKING = {
    Feature.TUNING: Support.not_yet(NO_ENGINE),
    Feature.BATCH_PREDICTION: Support.not_yet(NO_ENGINE),
    Feature.EVALUATION: Support.emulated("a processing job"),
    Feature.RECIPES: Support.emulated("the library's own engine"),
    **dict.fromkeys(
        (
            Feature.NATIVE_TUNING, Feature.NATIVE_BATCH, Feature.NATIVE_MONITORS, Feature.SPOT, Feature.GPU,
            Feature.SEVERAL_INSTANCES, Feature.IMAGES, Feature.MEMORY_LIMIT, Feature.PRICES,
        ),
        Support.never(_NOT_HERE),
    ),
}  # fmt: skip


class StubProvider(Provider):
    """All families, over one cloud."""

    info = INFO
    datasets: StubDatasets
    jobs: StubJobs
    models: StubModels
    endpoints: StubEndpoints
    monitors: StubMonitors

    def __init__(self, settings: ProviderSettings) -> None:
        cloud = cloud_at(Path(settings.home))
        project = settings.project
        self._secrets = StubConfig.model_validate(settings.fields).secrets
        self.capabilities = Capabilities({feature: _LACKING.get(feature, Support.full()) for feature in Feature})
        self.storage = storage = StubStorage(cloud)
        self.datasets = StubDatasets(cloud, storage)
        self.jobs = StubJobs(cloud, storage, project)
        self.models = StubModels(cloud, storage, project)
        self.endpoints = StubEndpoints(cloud, storage, project, re.compile(INFO.naming["endpoints"].pattern))
        self.monitors = StubMonitors(cloud, storage, project)

    def requests(self, wanted: Spec | EndpointState, context: RequestContext) -> list[NativeRequest]:
        """What is sent for a job, an endpoint or a monitor."""
        if isinstance(wanted, EndpointState):
            return endpoint_requests(wanted)
        if isinstance(wanted, Monitor) and context.job is not None:
            return [NativeRequest("stub", "schedules.create", schedule_body(wanted, context.job, context))]
        if not isinstance(wanted, JobSpec):
            raise UnsupportedError(f"no request is compiled for a {type(wanted).__name__}", provider="stub")
        return [NativeRequest("stub", "jobs.run", run_body(wanted, context))]

    def check(self, spec: Spec) -> list[Refusal]:
        """What jobs cannot have here."""
        return list(self._refusals(spec)) if isinstance(spec, JobSpec) else []

    def image(self, environment: Environment, role: str) -> Image:
        """This interpreter, which is said to have whatever is asked for."""
        python = ".".join(platform.python_version_tuple()[:2])
        return Image("stub", python, lock=tuple(sorted(environment.requirements)))

    def price(self, compute: Compute) -> Price | None:
        """Unknown."""
        return None

    def fingerprint(self, environment: Environment) -> str:
        """This interpreter."""
        return f"python {platform.python_version()}"

    def diagnose(self) -> Iterator[Finding]:
        """The cloud is in this process."""
        yield Finding("cloud", ok=True, message="it answers")

    def owned(self) -> Iterator[Ref]:
        """Everything that carries our label."""
        for family in (self.jobs, self.endpoints, self.monitors):
            yield from family.list()
        for dataset in self.datasets.list():
            yield Ref("datasets", "dataset", dataset.name, dataset.version)
        for model in self.models.list():
            yield Ref("models", "model", model.name, str(model.version))

    def close(self) -> None:
        """Nothing is held open."""

    def _refusals(self, spec: JobSpec) -> Iterator[Refusal]:
        compute = spec.compute
        if compute.spot:
            yield Refusal("compute.spot", _NOT_HERE)
        if compute.gpu:
            yield Refusal("compute.gpu", _NOT_HERE)
        if compute.instances > 1:
            yield Refusal("compute.instances", _NOT_HERE, "1")
        if "memory" in compute.model_fields_set:
            yield Refusal("compute.memory", "jobs are not limited in memory here", "leave memory out")
        if compute.instance_type not in ("", *MACHINES):
            yield Refusal("compute.instance_type", "no such machine", " or ".join(MACHINES))
        if spec.environment.image:
            yield Refusal("environment.image", _NOT_HERE)
        for name in spec.secrets:
            if name not in self._secrets:
                yield Refusal(f"secrets.{name}", "the profile has no such secret")


def create(settings: ProviderSettings) -> StubProvider:
    """The factory that ProviderInfo names."""
    return StubProvider(settings)
