"""The network of a test: this computer only, and whoever tries to leave it is named."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlops_cloud.processes.loopback.mlops_loopback import WANTED, BeyondLoopbackError, beyond

if TYPE_CHECKING:
    from collections.abc import Iterator

_watching: list[list[str]] = []
"""For each block that is running now, the places that were refused since it began; empty when nobody watches."""
_hooked: list[bool] = []


@contextmanager
def only_loopback() -> Iterator[list[str]]:
    """While the block runs, every connection and look-up beyond this computer raises AssertionError.

    The block is given a list that grows by each refused place, for code that carries on regardless. Seen is what goes
    through Python's `socket` module, by whatever library.
    """
    if not _hooked:  # an audit hook cannot be removed, so there is one for ever, which looks whether anybody watches
        sys.addaudithook(_refuse)
        _hooked.append(True)
    refused: list[str] = []
    _watching.append(refused)
    try:
        yield refused
    finally:
        _watching[:] = [other for other in _watching if other is not refused]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or not event.startswith("socket."):
        return
    place = beyond(event, arguments)
    if place:
        for refused in _watching:
            refused.append(place)
        message = f"this test {WANTED} {place}; only loopback is allowed"
        raise BeyondLoopbackError(message)
