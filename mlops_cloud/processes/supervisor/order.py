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
        grace_seconds: float,
    ) -> None:
        self.folder = folder
        self.token = token
        self.argv = list(argv)
        self.cwd = cwd
        self.env = {**env, MARKER: token}
        self.max_runtime_seconds = max_runtime_seconds
        self.memory_bytes = memory_bytes
        self.grace_seconds = grace_seconds


def encoded(order: Order) -> bytes:
    """The order as fields between NUL bytes, which no path, argument or environment entry can hold."""
    fields = [
        order.folder,
        order.token,
        order.cwd,
        "" if order.max_runtime_seconds is None else repr(float(order.max_runtime_seconds)),
        "" if order.memory_bytes is None else str(order.memory_bytes),
        repr(float(order.grace_seconds)),
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
    folder, token, cwd, runtime, memory, grace, count, *rest = map(os.fsdecode, raw)
    return Order(
        folder=folder,
        token=token,
        argv=rest[: int(count)],
        cwd=cwd,
        env=dict(entry.split("=", 1) for entry in rest[int(count) :]),
        max_runtime_seconds=float(runtime) if runtime else None,
        memory_bytes=int(memory) if memory else None,
        grace_seconds=float(grace),
    )
