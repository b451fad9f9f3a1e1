"""The kit's checks of the seam, on this provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.testing.conformance.jobs import JobsConformance
from mlops_cloud.testing.conformance.storage import StorageConformance

if TYPE_CHECKING:
    from collections.abc import Callable

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


class TestJobs(Local, JobsConformance):
    """Jobs."""
