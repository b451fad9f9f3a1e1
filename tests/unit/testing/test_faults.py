"""A provider behind planned faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import DeadlineExceededError, NotFoundError, ProviderError, QuotaExceededError, ThrottledError
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.results.models import ModelDescription
from mlops_cloud.testing.faults import Faults, FaultyProvider
from mlops_cloud_local.provider import create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESCRIPTION = ModelDescription("churn", "ab" * 32, {}, {}, "approved")
KEY = Key("model", "churn", "0" * 32)
OBJECT = Uri("local://store/kit/object")
BUNDLE = Uri("local://store/kit/bundle")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[FaultyProvider]:
    real = create(ProviderSettings("local", "churn", str(tmp_path / "local"), {}))
    real.storage.create(Uri(f"{BUNDLE}/model/weights.json"), b"[]")
    yield FaultyProvider(real)
    real.close()


@pytest.fixture
def faults(provider: FaultyProvider) -> Faults:
    return provider.faults


def test_without_faults_it_is_the_provider(provider: FaultyProvider, faults: Faults) -> None:
    assert provider.storage.create(OBJECT, b"x")
    with provider.storage.open(OBJECT) as stream:
        assert stream.read() == b"x"
    assert provider.storage.root == "local://store"
    assert provider.endpoints is None
    assert faults.calls == {"storage.create": 1, "storage.open": 1}


def test_a_failed_call_does_nothing(provider: FaultyProvider, faults: Faults) -> None:
    faults.fail("storage.create", 2, QuotaExceededError("full"))
    assert provider.storage.create(Uri(f"{OBJECT}-1"), b"x")
    with pytest.raises(QuotaExceededError):
        provider.storage.create(OBJECT, b"x")
    assert provider.storage.create(OBJECT, b"x"), "the second call wrote nothing"
    faults.fail("storage.create")
    with pytest.raises(ProviderError):
        provider.storage.create(OBJECT, b"x")


def test_throttled_calls_pass_later(provider: FaultyProvider, faults: Faults) -> None:
    faults.throttle("storage.create", times=2)
    for _ in range(2):
        with pytest.raises(ThrottledError):
            provider.storage.create(OBJECT, b"x")
    assert provider.storage.create(OBJECT, b"x")


def test_a_lost_answer_was_an_answer(provider: FaultyProvider, faults: Faults) -> None:
    faults.lose_answer("storage.create")
    with pytest.raises(DeadlineExceededError):
        provider.storage.create(OBJECT, b"x")
    assert not provider.storage.create(OBJECT, b"y"), "the lost call wrote it"


def test_what_was_created_is_seen_later(provider: FaultyProvider, faults: Faults) -> None:
    assert provider.models is not None
    faults.delay_visibility("models", reads=3)
    version = provider.models.register(BUNDLE, DESCRIPTION, KEY)
    assert provider.models.find(KEY) is None
    assert list(provider.models.list()) == []
    with pytest.raises(NotFoundError):
        provider.models.get("churn", 1)
    assert provider.models.find(KEY) == version
    assert list(provider.models.list()) == [version]
    assert faults.calls["models.find"] == 2
