"""What the launcher tells the supervisor, as bytes on a pipe: an environment never touches the disk."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARKER = "MLOPS_CLOUD_JOB_TOKEN"
_END = b"end of order"


class Order:
    """One job: what to run, where, with which environment and limits."""

    def __init__(
        self,
        *,
        folder: str,
        token: str,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        max_runtime_seconds: float | None,
        memory_bytes: int | None,
        interrupt_after_seconds: float | None,
        grace_seconds: float,
        passes_on: bool,
    ) -> None:
        self.folder = folder
        self.token = token
        self.argv = list(argv)
        self.cwd = cwd
        self.env = {**env, MARKER: token}
        self.max_runtime_seconds = max_runtime_seconds
        self.memory_bytes = memory_bytes
        self.interrupt_after_seconds = interrupt_after_seconds
        self.grace_seconds = grace_seconds
        self.passes_on = passes_on


def encoded(order: Order) -> bytes:
    """The order as fields between NUL bytes, which no path, argument or environment entry can hold."""
    fields = [
        order.folder,
        order.token,
        order.cwd,
        _seconds(order.max_runtime_seconds),
        "" if order.memory_bytes is None else str(order.memory_bytes),
        _seconds(order.interrupt_after_seconds),
        _seconds(order.grace_seconds),
        "passes on" if order.passes_on else "",
        str(len(order.argv)),
        *order.argv,
        *(f"{name}={value}" for name, value in order.env.items()),
    ]
    return b"\0".join([*(os.fsencode(field) for field in fields), _END])


def decoded(data: bytes) -> Order:
    """The order that `encoded` wrote; ValueError when its end is missing, since then the launcher died writing it."""
    *raw, end = data.split(b"\0")
    if end != _END:
        raise ValueError("the order is incomplete: the launcher died while writing it")
    folder, token, cwd, runtime, memory, interrupt, grace, passes_on, count, *rest = map(os.fsdecode, raw)
    return Order(
        folder=folder,
        token=token,
        argv=rest[: int(count)],
        cwd=cwd,
        env=dict(entry.split("=", 1) for entry in rest[int(count) :]),
        max_runtime_seconds=float(runtime) if runtime else None,
        memory_bytes=int(memory) if memory else None,
        interrupt_after_seconds=float(interrupt) if interrupt else None,
        grace_seconds=float(grace),
        passes_on=bool(passes_on),
    )


def _seconds(limit: float | None) -> str:
    return "" if limit is None else repr(float(limit))
