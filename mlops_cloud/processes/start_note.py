"""How a job's script was started, told by `start` in its folder; taking that file is the right to start the job."""
# ruff: noqa: PTH104, PTH108, PTH118, PTH208
# Warm servers write it too, and pathlib would cost each job several milliseconds.

from __future__ import annotations

import os

START = "start"
WARM = "warm"
_UNTAKEN = "start."
_RESERVED_BYTES = 512
_LONGEST_REASON = 400


def cold(reason: str) -> str:
    """The note of a job whose script got a new interpreter."""
    return f"cold, because {reason}"


def reserve(folder: str, token: str) -> None:
    """Make the right to start the job of this token, and take away that of every launch before."""
    for name in os.listdir(folder):
        if name == START or name.startswith(_UNTAKEN):
            os.unlink(os.path.join(folder, name))
    _write(os.path.join(folder, _UNTAKEN + token), b" " * _RESERVED_BYTES, os.O_CREAT)


def take(folder: str, token: str) -> bool:
    """Whether the right is ours now: of all who ask, the first gets it, and nobody after that."""
    try:
        os.rename(os.path.join(folder, _UNTAKEN + token), os.path.join(folder, START))
    except FileNotFoundError:
        return False
    return True


def write(folder: str, note: str) -> None:
    """Say how the job was started, in blocks that were reserved for it."""
    text = note.replace("\n", " ").encode("utf-8", "backslashreplace")[:_LONGEST_REASON]
    _write(os.path.join(folder, START), text.ljust(_RESERVED_BYTES))


def read(folder: str) -> str:
    """What was written; empty as long as nothing was."""
    try:
        descriptor = os.open(os.path.join(folder, START), os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    try:
        return os.read(descriptor, _RESERVED_BYTES).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)


def _write(path: str, data: bytes, flags: int = 0) -> None:
    descriptor = os.open(path, os.O_WRONLY | flags, 0o600)
    try:
        os.pwrite(descriptor, data, 0)
    finally:
        os.close(descriptor)
