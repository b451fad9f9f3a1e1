"""Make the next thing while the last one is used: an iterator whose items a thread brings, one ahead."""

from __future__ import annotations

from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_T = TypeVar("_T")
_PATIENCE = 0.1  # seconds between two looks at whether anybody still reads


class _End:
    """Put last: how the iterator ended."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterator[_T]) -> Generator[_T, None, None]:
    """The same items and the same error; closing it ends the thread, and closes `items` there."""
    queue: Queue[Any] = Queue(maxsize=1)
    left = Event()
    thread = Thread(target=_bring, args=(items, queue, left), name="read ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        thread.join()


def _bring(items: Iterator[_T], queue: Queue[Any], left: Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(queue, item, left):
                break
    except BaseException as exc:  # noqa: BLE001 - whoever reads gets it
        end = _End(exc)
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()
    _put(queue, end, left)


def _put(queue: Queue[Any], item: object, left: Event) -> bool:
    while not left.is_set():
        try:
            queue.put(item, timeout=_PATIENCE)
        except Full:
            continue
        return True
    return False
