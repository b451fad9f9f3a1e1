"""The order of every create: write the intention, look, create, check the answer, record."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mlops_cloud.errors import DeadlineExceededError, ProviderError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.results.identity import Family, Key
    from mlops_cloud.state.journal import Journal

Made = TypeVar("Made")

# After these the provider may have made the thing all the same: look again, never create again.
_AMBIGUOUS = (ProviderError, DeadlineExceededError, ThrottledError)


def create_once(
    journal: Journal, family: Family, key: Key, find: Callable[[Key], Made | None], create: Callable[[], Made]
) -> Made:
    """What the create with this key made, now or at any time before."""
    journal.intend(family, key)
    made = find(key)
    if made is None:
        made = _create(key, find, create)
    journal.made(family, key)
    return made


def _create(key: Key, find: Callable[[Key], Made | None], create: Callable[[], Made]) -> Made:
    try:
        return create()
    except _AMBIGUOUS:
        made = find(key)
        if made is None:
            raise
        return made
