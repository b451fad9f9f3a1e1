"""Waiting with a deadline: the one place of the kit that sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


def until(condition: Callable[[], Value], deadline: float = 30.0, pause: float = 0.02) -> Value:
    """The first true answer of `condition`; AssertionError with its last answer after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            message = f"nothing after {deadline:g} s; the last answer was {answer!r}"
            raise AssertionError(message)
        time.sleep(pause)
