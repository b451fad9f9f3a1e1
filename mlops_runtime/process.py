"""The script's own process: started, listened to, asked to stop, and cleared away with all it started."""

from __future__ import annotations

import errno
import os
import select
import signal
import time

from mlops_runtime.context import BadContractError
from mlops_runtime.output import LineSplitter, Tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional

    from mlops_runtime.metrics import MetricsFile

    Begin = Callable[[List[str], Dict[str, str], int, int], int]

_CHUNK = 1 << 18
_DRAIN = 1.0  # seconds for what the script left behind to close its output


class Stop:
    """Whether somebody asked this job to stop, and what happens then.

    It acts from within the signal handlers, so that it works even while a write to a stuck log reader blocks.
    """

    def __init__(self, grace: float) -> None:
        self.asked = ""
        self.grace = grace
        self._tell: Callable[[int], None] = lambda _signal: None
        self.wakeup, self._written = os.pipe()
        for end in (self.wakeup, self._written):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._written, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGALRM, lambda *_: self._tell(signal.SIGKILL))

    def _on_stop(self, number: int, _frame: object) -> None:
        if not self.asked:
            self.asked = signal.Signals(number).name
            self._tell(signal.SIGTERM)
            self._limit()

    def _limit(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, max(self.grace, 0.001))

    def forward_to(self, tell: Callable[[int], None]) -> None:
        """From now on pass the request on by `tell`; at once when it came before."""
        self._tell = tell
        if self.asked:
            tell(signal.SIGTERM)
            self._limit()

    def release(self) -> None:
        """Pass nothing on any more: the process is gone, and its number may soon be another's."""
        self._tell = lambda _signal: None


class Ended:
    """How the process ended and what it said last."""

    def __init__(self, status: int, log: Tail, errors: Tail) -> None:
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.exit_code: Optional[int] = None if self.signal else os.WEXITSTATUS(status)
        self.log = log
        self.errors = errors


class Process:
    """One process group with its two streams."""

    def __init__(
        self, argv: List[str], environment: Dict[str, str], metrics: MetricsFile, *, group: bool, begin: Begin
    ) -> None:
        out, out_end = os.pipe()
        errors, errors_end = os.pipe()
        self._group = group
        self._metrics = metrics
        self._log = Tail()
        self._errors = Tail()
        self._splitters = {out: LineSplitter(), errors: LineSplitter()}
        self._out = out
        self._targets = {out: 1, errors: 2}
        self.pid = begin(argv, environment, out_end, errors_end)
        os.close(out_end)
        os.close(errors_end)

    def tell(self, number: int) -> None:
        """Send a signal: SIGTERM to the script alone, or to the group when a shell leads it; SIGKILL to all."""
        send = os.killpg if self._group or number == signal.SIGKILL else os.kill
        try:
            send(self.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            return

    def wait(self, stop: Stop) -> Ended:
        """Pass its output on until it ends, then leave nothing of it behind."""
        poller = select.poll()
        for fd in (*self._splitters, stop.wakeup):
            poller.register(fd, select.POLLIN)
        try:
            status = self._listen(poller, stop)
            self._ask_the_rest(stop)
            self._drain(poller, stop)
        finally:
            self.tell(signal.SIGKILL)
            signal.setitimer(signal.ITIMER_REAL, 0)
        stop.release()
        for fd in list(self._splitters):
            self._finish(fd, poller)
        return Ended(status, self._log, self._errors)

    def _listen(self, poller: select.poll, stop: Stop) -> int:
        while True:
            woken = False
            for fd, _ in poller.poll():
                if fd == stop.wakeup:
                    os.read(fd, 512)
                    woken = True
                else:
                    self._pump(fd, poller)
            if woken or not self._splitters:
                pid, status = os.waitpid(self.pid, os.WNOHANG if self._splitters else 0)
                if pid:
                    return status

    def _ask_the_rest(self, stop: Stop) -> None:
        """The script is gone: what it left behind in its group is asked to stop, once."""
        asked = self._group or not stop.asked
        self._group = True
        if not asked:
            self.tell(signal.SIGTERM)

    def _drain(self, poller: select.poll, stop: Stop) -> None:
        poller.unregister(stop.wakeup)
        # What a stopped shell left running may still be saving its checkpoint.
        end = time.monotonic() + _DRAIN + (stop.grace if stop.asked else 0)
        while self._splitters:
            left = end - time.monotonic()
            if left <= 0:
                return
            for fd, _ in poller.poll(left * 1000):
                self._pump(fd, poller)

    def _pump(self, fd: int, poller: select.poll) -> None:
        chunk = os.read(fd, _CHUNK)
        if not chunk:
            poller.unregister(fd)
            os.close(fd)
            self._keep(fd, self._splitters.pop(fd).rest())
            return
        self._pass_on(fd, chunk)
        self._keep(fd, self._splitters[fd].feed(chunk))

    def _finish(self, fd: int, poller: select.poll) -> None:
        """Take what is still in the pipe, which a process that left the group may hold open for ever."""
        if select.select([fd], [], [], 0)[0]:
            self._pump(fd, poller)
        if fd in self._splitters:
            self._keep(fd, self._splitters[fd].rest())

    def _keep(self, fd: int, lines: bytes) -> None:
        if not lines:
            return
        self._log.add(lines)
        if fd != self._out:
            self._errors.add(lines)
        elif b"[metric] " in lines:
            self._metrics.add(lines)

    def _pass_on(self, fd: int, chunk: bytes) -> None:
        target = self._targets[fd]
        view = memoryview(chunk)
        while view and target:
            try:
                view = view[os.write(target, view) :]
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.EBADF):
                    raise
                self._targets[fd] = target = 0  # nobody reads the log any more: the job goes on


def spawned(argv: List[str], environment: Dict[str, str], out: int, errors: int) -> int:
    """The pid of a new process in a group of its own, which writes to these two descriptors."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, out, 1),
        (os.POSIX_SPAWN_DUP2, errors, 2),
    ]
    # The interpreter ignores these two, and what is ignored stays so in a child.
    restored = [number for number in (signal.SIGPIPE, getattr(signal, "SIGXFSZ", None)) if number is not None]
    try:
        return os.posix_spawnp(argv[0], argv, environment, file_actions=actions, setpgroup=0, setsigdef=restored)
    except (OSError, ValueError) as error:
        raise BadContractError("cannot start %s: %s" % (argv[0], error)) from error
