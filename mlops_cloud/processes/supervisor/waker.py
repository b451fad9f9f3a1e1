"""Sleep until a signal or a time, whichever is first, and say which signals came."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in enums, for 5 ms of CPU
import os
import select

STOP = frozenset({_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP})
STOP_NOW = frozenset({_signal.SIGUSR1})
_LONGEST_SECONDS = 86_400.0  # poll(2) counts milliseconds in an int: 24 days


class Waker:
    """From its making on no signal of a child's end or of a request to stop is lost."""

    def __init__(self) -> None:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        _signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in STOP | STOP_NOW | {_signal.SIGCHLD}:
            _signal.signal(number, _only_wake)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN)

    def wait(self, seconds: float) -> frozenset[int]:
        """The signals that came; none when the time is over, which may be sooner than asked."""
        if not self._poll.poll(min(max(seconds, 0.0), _LONGEST_SECONDS) * 1000):
            return frozenset()
        return frozenset(os.read(self._read, 4096))


def _only_wake(_number: int, _frame: object) -> None:
    """The wake-up pipe tells the number; a handler has to be there for that."""
