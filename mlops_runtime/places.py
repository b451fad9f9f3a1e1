"""An input's folder, its only file, and the name that a variable for it has."""

from __future__ import annotations

import os


def variable(name: str) -> str:
    """A name as environment variables are written: upper case, `_` for what is neither letter nor digit."""
    return "".join(letter if letter.isalnum() else "_" for letter in name).upper()


def folder_of(path: str) -> str:
    """The folder at the path, or the one that the file there lies in."""
    return os.path.dirname(path) if os.path.isfile(path) else path


def only_file(path: str) -> str:
    """The file at the path, or the one file that the folder there holds beside hidden ones; empty without one."""
    if os.path.isfile(path):
        return path
    seen = ""
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if seen or not entry.is_file():
                return ""
            seen = entry.path
    return seen
