"""How a script's process ends: as an interpreter ends, without the time that one takes to fold its modules."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import NoReturn

INTERRUPTED = -signal.SIGINT
_OURS = os.path.dirname(__file__)
_UNFLUSHED = 120
_LAST = ("last_exc", "last_value", "last_traceback", "last_type")


def code_of(error: BaseException) -> int:
    """Tell of the error as an interpreter does, and answer with its exit code, or INTERRUPTED."""
    error.__traceback__ = _theirs(error.__traceback__)
    if isinstance(error, SystemExit):
        return _code_of_exit(error.code)
    _remember(error)
    _show(error)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def leave(code: int, packages: Sequence[str]) -> NoReturn:
    """Do what must be done at the end of a script, and no more; `packages` are the folders of what is installed."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - it waits for the other threads
    atexit._run_exitfuncs()  # noqa: SLF001
    complaints = _flush()
    print("".join(complaints), end="", file=sys.stderr)
    if threading.active_count() == 1:  # the daemons among them may use what would be let go
        _let_go(packages)
    _flush()
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(_UNFLUSHED if complaints else code & 0xFF)


def _theirs(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_OURS):
        frames = frames.tb_next
    return frames


def _code_of_exit(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF if -sys.maxsize <= code <= sys.maxsize else 0xFF
    print(code, file=sys.stderr)
    return 1


def _remember(error: BaseException) -> None:
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error


def _show(error: BaseException) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException as another:  # noqa: BLE001 - the hook is the script's
        another.__traceback__ = _theirs(another.__traceback__)
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(another), another, another.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, error.__traceback__)


def _let_go(packages: Sequence[str]) -> None:
    """Drop the script's own modules, so that what they hold is closed: a file that nobody closed has its last lines."""
    gc.collect()  # it puts what holds before what is held, in which order they will be finalized
    for name in _LAST:
        vars(sys).pop(name, None)
    installed = tuple(f"{folder}/" for folder in packages)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == "__main__" or (isinstance(file, str) and not file.startswith(installed)):
            del sys.modules[name]
    del module
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    gc.collect()


def _flush() -> list[str]:
    """Write what the streams still hold, and answer with what an interpreter says of what could not be written."""
    complaints = []
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except Exception as error:  # noqa: BLE001 - a stream may be the script's own
            told = "".join(traceback.format_exception_only(error))
            where = f"on flushing sys.{name}:" if sys.version_info >= (3, 13) else f"in: {stream!r}"
            complaints.append(f"Exception ignored {where}\n{told}")
    return complaints
