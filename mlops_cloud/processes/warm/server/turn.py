"""The script's process: a copy of the server becomes what `python script.py` or `python -m module` would be."""

from __future__ import annotations

import builtins
import marshal
import os
import runpy
import signal
import socket
import sys
import time
import types
from importlib.machinery import SourceFileLoader

from mlops_cloud.processes.supervisor import child
from mlops_cloud.processes.supervisor.order import MARKER
from mlops_cloud.processes.warm.server import leaving
from mlops_cloud.processes.warm.server.receiving import received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, NoReturn

    from mlops_cloud.processes.warm.server.initial import Initial

_HIGHEST_DESCRIPTOR = 65536
_FRAMES = 1 if sys.version_info >= (3, 12) else 2  # below the script's first: ours, and once the call from it
_OURS = ("mlops_cloud", "mlops_runtime")


class Turn:
    """What the script's process calls, from no deeper than its first module; and how it ends."""

    def __init__(self, call: Callable[..., object], arguments: tuple[Any, ...], packages: list[str]) -> None:
        self.call = call
        self.arguments = arguments
        self._packages = packages

    def end(self, uncaught: BaseException | None) -> NoReturn:
        """End the process as an interpreter ends, having told of an error that nobody caught."""
        self.arguments = ()
        leaving.leave(leaving.code_of(uncaught) if uncaught else 0, self._packages)


def wait(initial: Initial, channel: socket.socket) -> Turn:
    """Wait for the script; without one there is nothing to do."""
    os.setpgid(0, 0)
    _python_signals()
    _renew_state()
    _forget_ours()
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
    if len(descriptors) != 2:
        os._exit(0)
    argv, environment, folder, code = marshal.loads(received(channel))  # noqa: S302 - from the shim, our parent
    _connect(*descriptors)
    child.offer_to_oom_killer()
    initial.token.write(environment.get(MARKER, ""))
    os.environ.update({**environment, **initial.chosen})
    os.chdir(folder)
    _begin_now(folder)
    return _turn(argv, environment.get("PYTHONPATH", ""), initial.path, code)


def _python_signals() -> None:
    """As an interpreter sets them: the supervisor, whose copy this is, has reset all."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _connect(out: int, errors: int) -> None:
    os.dup2(out, 1)
    os.dup2(errors, 2)
    os.closerange(3, _HIGHEST_DESCRIPTOR)


def _renew_state() -> None:
    """What modules made for this process when they were imported, made anew: `random` sees to itself."""
    os.environ.clear()
    loaded: dict[str, Any] = {**sys.modules}
    if numbers := loaded.get("numpy.random"):
        numbers.seed()
    if files := loaded.get("tempfile"):
        files.tempdir = None
    if processes := loaded.get("multiprocessing.process"):
        processes.current_process().authkey = os.urandom(32)
    sys.setrecursionlimit(sys.getrecursionlimit() + _FRAMES)


def _begin_now(folder: str) -> None:
    """What modules keep of when and where they were imported."""
    loaded: dict[str, Any] = sys.modules
    if log := loaded.get("logging"):
        log._startTime = time.time_ns() if sys.version_info >= (3, 13) else time.time()  # noqa: SLF001
    if processes := loaded.get("multiprocessing.process"):
        processes.ORIGINAL_DIR = folder


def _forget_ours() -> None:
    """A job brings its own modules of ours."""
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    sys.path_importer_cache.clear()


def _turn(argv: list[str], search: str, path: list[str], code: CodeType | None) -> Turn:
    sys.orig_argv[:] = argv
    sys.modules["__main__"] = main = types.ModuleType("__main__")
    names = vars(main)
    names.update({} if sys.version_info >= (3, 14) else {"__annotations__": {}}, __builtins__=builtins)
    if argv[1] == "-m":
        sys.argv[:] = ["-m", *argv[3:]]
        sys.path[:] = _search_path(os.getcwd(), search, path)
        return Turn(runpy._run_module_as_main, (argv[2],), path)  # type: ignore[attr-defined]  # noqa: SLF001
    sys.argv[:] = argv[1:]
    file = os.path.join(os.getcwd(), argv[1])
    sys.path[:] = _search_path(os.path.dirname(os.path.realpath(file)), search, path)
    names.update(__loader__=SourceFileLoader("__main__", file), __file__=file, __cached__=None)
    return Turn(exec, (code, names), path)


def _search_path(first: str, search: str, rest: list[str]) -> list[str]:
    """As `site` leaves it: each entry once, but for the first, which comes later."""
    given = [os.path.abspath(entry) for entry in search.split(os.pathsep)] if search else []
    return [first, *dict.fromkeys([*given, *rest])]
