"""A provider on an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud_local.provider import create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlops_cloud_local.provider import LocalProvider

_FIELDS = {"secrets": {"KIT_SECRET": "env:SECRET_OF_THE_HOST"}, "stop_grace": 1.0}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The provider's folder; nothing is there yet."""
    return tmp_path / "home"


@pytest.fixture
def another(home: Path) -> Callable[..., LocalProvider]:
    """Opens one more provider on the same folder; the caller closes it."""

    def opened(**fields: object) -> LocalProvider:
        return create(ProviderSettings("local", "conformance", str(home), {**_FIELDS, **fields}))

    return opened


@pytest.fixture
def provider(another: Callable[..., LocalProvider], monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalProvider]:
    """The provider under test."""
    monkeypatch.setenv("SECRET_OF_THE_HOST", "s3cr3t-of-the-kit")
    opened = another()
    yield opened
    opened.close()
