"""Start the job's own process: new session, log as output, a clean signal state, the ordered environment."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in enums, for 5 ms of CPU
import os

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mlops_cloud.processes.supervisor.order import Order

_LOG = 2
_OOM_SCORE = b"500"  # of 1000: when the machine runs out of memory the job dies, and its supervisor can tell


def start(job: Order, enter_group: Callable[[], None] | None) -> int:
    """The pid of the job's process once it runs the command; OSError naming the file when it cannot."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(job, said, enter_group)
    os.close(said)
    failure = os.read(heard, 4096)
    os.close(heard)
    if failure:
        os.waitpid(pid, 0)
        number, _, name = failure.partition(b" ")
        raise OSError(int(number), os.strerror(int(number)), os.fsdecode(name))
    return pid


def _become(job: Order, said: int, enter_group: Callable[[], None] | None) -> NoReturn:
    name = "memory limit"
    try:
        if enter_group:
            enter_group()
        name = job.cwd
        os.setsid()
        _connect_streams()
        _reset_signals()
        _offer_to_oom_killer()
        os.chdir(job.cwd)
        name = job.argv[0]
        os.execvpe(name, job.argv, job.env)  # noqa: S606 - an argument list, no shell
    except OSError as error:
        os.write(said, b"%d %s" % (error.errno or 0, os.fsencode(name)))
    finally:
        os._exit(127)


def _connect_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(_LOG, 1)


def _reset_signals() -> None:
    # What Python or the launcher ignores would stay ignored across exec: a pipeline needs its SIGPIPE.
    for number in _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP}:
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def _offer_to_oom_killer() -> None:
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    os.write(score, _OOM_SCORE)
    os.close(score)
