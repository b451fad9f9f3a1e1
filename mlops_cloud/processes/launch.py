"""Start a job under a supervisor of its own, which outlives the process that launched it."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlops_cloud.errors import (
    AlreadyExistsError,
    InvalidSpecError,
    JobFailedError,
    MlopsCloudError,
    ProviderError,
    QuotaExceededError,
)
from mlops_cloud.processes import record, start_note
from mlops_cloud.processes.identity import ProcessIdentity, identify
from mlops_cloud.processes.log import LOG, tail
from mlops_cloud.processes.status import LAUNCH, ProcessStatus, after_start, observe
from mlops_cloud.processes.supervisor.cgroup import delegated
from mlops_cloud.processes.supervisor.order import Order, encoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.processes.warm.kind import ServerKind

_NEEDED_BY_THE_INTERPRETER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A command as an argument list, its complete environment, and its limits.

    The process sees one variable more, the job's token, by which its whole tree is found. `max_runtime_seconds` and
    `memory_bytes` hold for the tree; None is no limit. After `interrupt_after_seconds` the job is asked to stop as a
    machine that is taken away asks it. After `grace_seconds` a request to stop becomes a kill.

    `passes_on`: the command itself passes a request to stop on to its child; asked twice, a script's handler would be
    called within itself while it saves its work.
    """

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    max_runtime_seconds: float | None
    memory_bytes: int | None = None
    interrupt_after_seconds: float | None = None
    grace_seconds: float = 10.0
    passes_on: bool = False
    warm: ServerKind | str = "nobody asked for a warm start"
    """Where its script may be started warm, or why it may not; only a command line of the shim's may be."""


def launch(folder: Path, launch: Launch) -> ProcessIdentity:
    """The job's supervisor, once the command runs; with a warm start, as soon as somebody sees to it.

    A folder takes one job: AlreadyExistsError. JobFailedError when the command cannot be started, and then the folder
    says so too; after a warm start the folder alone does. InvalidSpecError when no process could ever be given such
    arguments; QuotaExceededError when the disk has no room for the job's records.
    """
    _check(launch)
    folder = folder.absolute()
    order = _order(folder, launch)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_launch(folder, launch, order.token)
    except FileExistsError as exc:
        raise AlreadyExistsError(f"a job was launched in {folder} before", fix="give each job its own folder") from exc
    except OSError as exc:
        raise _unusable(folder, exc) from exc
    try:
        record.reserve(str(folder))
        start_note.reserve(str(folder), order.token)
        return _begin(folder, launch.warm, order)
    except OSError as exc:
        (folder / LAUNCH).unlink()
        raise _unusable(folder, exc) from exc


def memory_mode() -> Literal["cgroup", "polled"]:
    """How `memory_bytes` is enforced here: by the kernel, or by looking at the tree's resident size."""
    return "cgroup" if delegated() else "polled"


def _check(launch: Launch) -> None:
    if not launch.argv or not launch.argv[0]:
        raise InvalidSpecError("the command is empty", fix="give at least the program's name")
    for text in (*launch.argv, *launch.env, *launch.env.values()):
        if "\0" in text:
            raise InvalidSpecError(f"NUL byte in {text[:40]!r}", why="no argument or variable can hold one")
    for name in launch.env:
        if not name or "=" in name:
            raise InvalidSpecError(f"{name!r} cannot name an environment variable")
    limits = (launch.max_runtime_seconds, launch.memory_bytes, launch.interrupt_after_seconds)
    if launch.grace_seconds < 0 or min((limit for limit in limits if limit is not None), default=1) <= 0:
        raise InvalidSpecError("limits and grace of a job must be positive")


def _order(folder: Path, launch: Launch) -> Order:
    return Order(
        folder=str(folder),
        token=os.urandom(16).hex(),
        argv=launch.argv,
        cwd=str(launch.cwd.absolute()),
        env=launch.env,
        max_runtime_seconds=launch.max_runtime_seconds,
        memory_bytes=launch.memory_bytes,
        interrupt_after_seconds=launch.interrupt_after_seconds,
        grace_seconds=launch.grace_seconds,
        passes_on=launch.passes_on,
    )


def _write_launch(folder: Path, launch: Launch, token: str) -> None:
    launcher = identify(os.getpid())
    document = {
        "argv": list(launch.argv),
        "cwd": str(launch.cwd),
        "environment_names": sorted(launch.env),
        "max_runtime_seconds": launch.max_runtime_seconds,
        "memory_bytes": launch.memory_bytes,
        "interrupt_after_seconds": launch.interrupt_after_seconds,
        "grace_seconds": launch.grace_seconds,
        "passes_on": launch.passes_on,
        "token": token,
        "launcher": asdict(launcher) if launcher else None,
        "created": time.time(),
    }
    descriptor = os.open(folder / LAUNCH, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)


def _begin(folder: Path, warm: ServerKind | str, order: Order) -> ProcessIdentity:
    """Give the job to a warm server, or to a supervisor of its own."""
    data = encoded(order)
    taker = warm if isinstance(warm, str) else _offered(warm, data)
    if isinstance(taker, ProcessIdentity):
        return taker
    if not start_note.take(str(folder), order.token):  # a server has it, and its answer was lost
        return _started(folder, after_start(folder))
    start_note.write(str(folder), start_note.cold(taker))
    _spawn(folder, data)
    return _started(folder, observe(folder))


def _offered(kind: ServerKind, order: bytes) -> ProcessIdentity | str:
    from mlops_cloud.processes.warm.handover import offered

    return offered(kind, order)


def _spawn(folder: Path, order: bytes) -> None:
    """Return when the supervisor has written a record, or has died."""
    script = Path(__file__).with_name("supervisor") / "start.py"
    argv = [sys.executable, "-I", "-S", str(script), str(folder)]  # the folder is for those who look at `ps`
    env = {name: os.environ[name] for name in _NEEDED_BY_THE_INTERPRETER if name in os.environ}
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    order_read, order_write = os.pipe()
    done_read, done_write = os.pipe()
    streams = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in enumerate((order_read, done_write, log))]
    try:
        # Own group: a Ctrl-C meant for the launcher must not reach a supervisor that is just starting.
        pid = os.posix_spawn(sys.executable, argv, env, file_actions=streams, setpgroup=0)
    finally:
        for descriptor in (log, order_read, done_write):
            os.close(descriptor)
    with os.fdopen(order_write, "wb", buffering=0) as pipe, suppress(BrokenPipeError):
        pipe.write(order)
    with os.fdopen(done_read, "rb") as pipe:
        pipe.read()
    with suppress(ChildProcessError):  # a launcher that ignores SIGCHLD has nothing to reap
        os.waitpid(pid, 0)


def _started(folder: Path, status: ProcessStatus) -> ProcessIdentity:
    if status.cause == "start_failed":
        raise JobFailedError("the job's command could not be started", why=status.message)
    if status.supervisor is None:
        told = tail(folder)
        failure = {"state": "exited", "cause": "start_failed", "message": "its supervisor failed"}
        record.publish(str(folder), failure, record.FINAL)
        raise ProviderError("the supervisor of a job ended before it could start it", why=folder.name, log_tail=told)
    return status.supervisor


def _unusable(folder: Path, exc: OSError) -> MlopsCloudError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return QuotaExceededError(f"no space left for the records of a job in {folder}", why=str(exc))
    return ProviderError(f"no job can be launched in {folder}", why=str(exc))
