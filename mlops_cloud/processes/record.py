"""The job's record on disk, `status.json`: always whole, and written even when the disk is full."""
# ruff: noqa: PTH104, PTH108, PTH110, PTH118
# The supervisor writes it, and pathlib would cost it several milliseconds.

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS = "status.json"
RUNNING = "status.running"
FINAL = "status.final"
_RESERVED_BYTES = 4096
_LONGEST_TEXT = 400


def reserve(folder: str) -> None:
    """Take the disk blocks of both records now; overwriting them later needs no free space."""
    for slot in (RUNNING, FINAL):
        _write(os.path.join(folder, slot), b" " * _RESERVED_BYTES)


def publish(folder: str, fields: Mapping[str, str | float | None], slot: str) -> None:
    """Replace the record by this one, written into the blocks reserved for it (RUNNING or FINAL)."""
    reserved = os.path.join(folder, slot)
    _write(reserved, _encoded(fields).ljust(_RESERVED_BYTES))
    os.rename(reserved, os.path.join(folder, STATUS))
    if slot == FINAL and os.path.exists(unused := os.path.join(folder, RUNNING)):
        os.unlink(unused)


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)  # truncating would give the blocks back
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def _encoded(fields: Mapping[str, str | float | None]) -> bytes:
    # The json module costs 8 ms of CPU to import; a flat object of numbers and short texts needs nothing of it.
    return ("{" + ", ".join(f'"{name}": {_json(value)}' for name, value in fields.items()) + "}\n").encode("ascii")


def _json(value: str | float | None) -> str:
    if value is None:
        return "null"
    if not isinstance(value, str):
        return repr(value)
    text = value[:_LONGEST_TEXT].encode("ascii", "backslashreplace").decode("ascii")
    return '"' + "".join(c if c >= " " and c not in '"\\\x7f' else f"\\u{ord(c):04x}" for c in text) + '"'
