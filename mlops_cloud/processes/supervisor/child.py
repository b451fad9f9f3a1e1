"""Start the job's own process: new session, log as output, a clean signal state, the ordered environment."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in enums, for 5 ms of CPU
import os

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mlops_cloud.processes.supervisor.order import Order

    EnterGroup = Callable[[int], None]
    Start = Callable[[Order, "EnterGroup | None"], int]

_LOG = 2
_OOM_SCORE = b"500"  # of 1000: when the machine runs out of memory the job dies, and its supervisor can tell


def start(job: Order, enter_group: EnterGroup | None) -> int:
    """The pid of the job's process once it runs the command; OSError naming the file when it cannot."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(job, said, enter_group)
    os.close(said)
    answer = os.read(heard, 4096)
    os.close(heard)
    check(answer, pid)
    return pid


def check(answer: bytes, pid: int) -> None:
    """Raise the failure that a process told before it ended; nothing is what it says when all is well."""
    if answer:
        os.waitpid(pid, 0)
        number, _, name = answer.partition(b" ")
        raise OSError(int(number), os.strerror(int(number)), os.fsdecode(name))


def told(error: OSError, name: str) -> bytes:
    """A failure about the file of that name, as `check` reads it."""
    return b"%d %s" % (error.errno or 0, os.fsencode(name))


def prepare(job: Order) -> None:
    """Make this process the job's own: its streams, signals and working folder."""
    _connect_streams()
    reset_signals()
    offer_to_oom_killer()
    os.chdir(job.cwd)


def _become(job: Order, said: int, enter_group: EnterGroup | None) -> NoReturn:
    name = "memory limit"
    try:
        if enter_group:
            enter_group(os.getpid())
        name = job.cwd
        os.setsid()
        prepare(job)
        name = job.argv[0]
        os.execvpe(name, job.argv, job.env)  # noqa: S606 - an argument list, no shell
    except OSError as error:
        os.write(said, told(error, name))
    finally:
        os._exit(127)


def _connect_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(_LOG, 1)


def reset_signals() -> None:
    """Every signal as a new process finds it."""
    # What Python or the launcher ignores would stay ignored across exec: a pipeline needs its SIGPIPE.
    for number in _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP}:
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def offer_to_oom_killer() -> None:
    """Let this process and what it starts be the first to go."""
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    os.write(score, _OOM_SCORE)
    os.close(score)
