"""The kit, run against a cloud with ids of its own making, asynchronous changes and no tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from mlops_cloud_stub.cloud import cloud_at
from mlops_cloud_stub.provider import NO_ENGINE, create

from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.testing.conformance.base import Conformance
from mlops_cloud.testing.conformance.capabilities import CapabilitiesConformance
from mlops_cloud.testing.conformance.datasets import DatasetsConformance
from mlops_cloud.testing.conformance.endpoints import EndpointsConformance
from mlops_cloud.testing.conformance.jobs import JobsConformance
from mlops_cloud.testing.conformance.models import ModelsConformance
from mlops_cloud.testing.conformance.monitors import MonitorsConformance
from mlops_cloud.testing.conformance.naming import NamingConformance
from mlops_cloud.testing.conformance.requests import RequestsConformance
from mlops_cloud.testing.conformance.storage import StorageConformance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mlops_cloud_stub.cloud import Cloud

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.results.requests import NativeRequest


class OnStub(Conformance):
    @pytest.fixture
    def settings(self, tmp_path: Path) -> ProviderSettings:
        return ProviderSettings("stub", self.project, str(tmp_path / "cloud"), {"secrets": (self.secret[0],)})

    @pytest.fixture
    def cloud(self, settings: ProviderSettings, tmp_path: Path) -> Iterator[Cloud]:
        cloud = cloud_at(tmp_path / "cloud")
        cloud.vault[self.secret[0]] = self.secret[1]
        yield cloud
        cloud.close()

    @pytest.fixture
    def provider(self, settings: ProviderSettings, cloud: Cloud) -> Iterator[Provider]:
        provider = create(settings)
        yield provider
        provider.close()

    @pytest.fixture
    def another(self, settings: ProviderSettings) -> Callable[[], Provider]:
        return lambda: create(settings)

    @pytest.fixture
    def sent(self, cloud: Cloud) -> Callable[[], Sequence[NativeRequest]]:
        return lambda: cloud.sent

    @pytest.fixture
    def pass_time(self, cloud: Cloud) -> Callable[[float], None]:
        return cloud.advance


class TestStorage(OnStub, StorageConformance): ...


class TestDatasets(OnStub, DatasetsConformance): ...


class TestJobs(OnStub, JobsConformance): ...


class TestModels(OnStub, ModelsConformance): ...


class TestEndpoints(OnStub, EndpointsConformance):
    native: ClassVar = {"machine": "large"}


class TestMonitors(OnStub, MonitorsConformance): ...


class TestCapabilities(OnStub, CapabilitiesConformance):
    lacking: ClassVar = {Feature.TUNING: NO_ENGINE, Feature.BATCH_PREDICTION: NO_ENGINE}


class TestRequests(OnStub, RequestsConformance):
    native: ClassVar = {"machine": "large"}
    sdk: ClassVar = ("boto3", "google", "azure")


class TestNaming(OnStub, NamingConformance): ...
