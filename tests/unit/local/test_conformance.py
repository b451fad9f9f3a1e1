"""The kit's checks of the seam, on this provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.testing.conformance.capabilities import CapabilitiesConformance
from mlops_cloud.testing.conformance.datasets import DatasetsConformance
from mlops_cloud.testing.conformance.jobs import JobsConformance
from mlops_cloud.testing.conformance.models import ModelsConformance
from mlops_cloud.testing.conformance.naming import NamingConformance
from mlops_cloud.testing.conformance.requests import RequestsConformance
from mlops_cloud.testing.conformance.storage import StorageConformance
from mlops_cloud_local.addresses import Home
from mlops_cloud_local.job_table import JobTable
from mlops_cloud_local.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.provider.base import Provider


class Local:
    """The provider of this folder's fixtures instead of the kit's placeholders."""

    @pytest.fixture
    def provider(self, provider: Provider) -> Provider:
        """The provider under test."""
        return provider

    @pytest.fixture
    def another(self, another: Callable[[], Provider]) -> Callable[[], Provider]:
        """Opens one more."""
        return another


class TestStorage(Local, StorageConformance):
    """Storage."""


class TestDatasets(Local, DatasetsConformance):
    """Datasets."""


class TestJobs(Local, JobsConformance):
    """Jobs."""


class TestModels(Local, ModelsConformance):
    """Models."""


class TestNaming(Local, NamingConformance):
    """Names."""


class TestCapabilities(Local, CapabilitiesConformance):
    """Capabilities; the four rows that later versions bring."""

    lacking: ClassVar[Mapping[Feature, str]] = {
        Feature.TUNING: "the portable engine is not built yet",
        Feature.BATCH_PREDICTION: "the portable engine is not built yet",
        Feature.ENDPOINTS: "no server is built yet",
        Feature.MONITORS: "no scheduler is built yet",
    }


class TestRequests(Local, RequestsConformance):
    """Requests; a job's row holds what was sent."""

    native: ClassVar[dict[str, Any]] = {"limits": {"memory_bytes": 2**30}}

    @pytest.fixture
    def settings(self, home: Path) -> ProviderSettings:
        """The same provider, in another process."""
        fields = {"secrets": {"KIT_SECRET": "env:SECRET_OF_THE_HOST"}, "stop_grace": 1.0}
        return ProviderSettings("local", "conformance", str(home), fields)

    @pytest.fixture
    def sent(self, home: Path) -> Iterator[Callable[[], Sequence[NativeRequest]]]:
        """The requests of the jobs' rows, oldest first."""
        tables = Tables(Home(home))
        yield lambda: [NativeRequest("local", "run", row.request) for row in reversed([*JobTable(tables).newest(0)])]
        tables.close()
