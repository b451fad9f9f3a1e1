"""A file of a job's record: there whole, or not there."""

from __future__ import annotations

import os


def write(path: str, text: str) -> None:
    """Write the text, durably, in place of what was there; its folder is made when absent."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = path + ".partial"
    with open(partial, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
