"""The order of a create, and what is believed when its answer is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import PermissionDeniedError, ProviderError
from mlops_cloud.results.identity import Key
from mlops_cloud.services.creation import create_once
from mlops_cloud.state.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = Key("training", "fit", "0123456789abcdef" * 2)


class Cloud:
    """Makes one thing a create, and can lose the answer."""

    def __init__(self, lost: Exception | None = None, before: bool = False) -> None:
        self.made: list[str] = []
        self.calls: list[str] = []
        self._lost, self._before = lost, before

    def find(self, key: Key) -> str | None:
        self.calls.append("find")
        return self.made[0] if self.made else None

    def create(self) -> str:
        self.calls.append("create")
        if self._lost and self._before:
            raise self._lost
        self.made.append("thing")
        if self._lost:
            raise self._lost
        return "thing"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def test_look_before_create(journal: Journal) -> None:
    cloud = Cloud()
    assert create_once(journal, "jobs", KEY, cloud.find, cloud.create) == "thing"
    assert create_once(journal, "jobs", KEY, cloud.find, cloud.create) == "thing"
    assert cloud.calls == ["find", "create", "find"]
    assert journal.open_intentions() == []


def test_a_lost_answer_is_looked_for_and_nothing_is_made_twice(journal: Journal) -> None:
    cloud = Cloud(lost=ProviderError("the connection broke"))
    assert create_once(journal, "jobs", KEY, cloud.find, cloud.create) == "thing"
    assert cloud.made == ["thing"]
    assert journal.open_intentions() == []


def test_an_intention_stays_open_until_the_thing_is_seen(journal: Journal, tmp_path: Path) -> None:
    cloud = Cloud(lost=ProviderError("the connection broke"), before=True)
    with pytest.raises(ProviderError):
        create_once(journal, "jobs", KEY, cloud.find, cloud.create)
    again = Journal(tmp_path / "journal.db")
    assert again.open_intentions() == [("jobs", KEY)]
    again.close()


def test_a_clear_refusal_is_not_looked_for(journal: Journal) -> None:
    cloud = Cloud(lost=PermissionDeniedError("not yours"), before=True)
    with pytest.raises(PermissionDeniedError):
        create_once(journal, "jobs", KEY, cloud.find, cloud.create)
    assert cloud.calls == ["find", "create"]
