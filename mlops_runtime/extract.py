"""The archive that the shim itself came from: its entry and its code."""

from __future__ import annotations

import json
import os

from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Protocol

    class Loader(Protocol):
        """What `__loader__` is, for a zip as for a folder."""

        def get_data(self, path: str) -> bytes:
            """The bytes of a file."""


FORMAT = 1  # of entry.json


class Archive:
    """The job's archive, a zip or the folder it was unpacked to, read by the interpreter's own importer.

    `zipfile` would cost 9 ms at start.
    """

    def __init__(self, path: str, loader: Loader) -> None:
        self.path = path
        self._loader = loader
        self.entry: Dict[str, Any] = json.loads(self._read("entry.json").decode("utf-8"))
        if self.entry["format"] != FORMAT:
            raise BadContractError("the archive has format %s, this shim reads %s" % (self.entry["format"], FORMAT))

    def unpack_code(self, folder: str, mark: str) -> bool:
        """Write the user's files under the folder, and say whether `mark` stands in them or in the command.

        A name that leads out of the folder is refused.
        """
        names: List[str] = self.entry["files"]
        found = mark in str(self.entry["value"])
        for name in names:
            data = self._read("code/" + name)
            found = found or mark.encode() in data
            _write(_target(folder, name), data)
        return found

    def _read(self, name: str) -> bytes:
        try:
            return self._loader.get_data(os.path.join(self.path, *name.split("/")))
        except (OSError, ImportError) as error:
            raise BadContractError("the archive %s lacks %s: %s" % (self.path, name, error)) from error


def _target(folder: str, name: str) -> str:
    parts = name.split("/")
    if "\0" in name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        raise BadContractError("the archive holds an unsafe name: %r" % name)
    path = folder
    for part in parts[:-1]:
        path = os.path.join(path, part)
        if os.path.islink(path):
            raise BadContractError("%s is a link: nothing is unpacked through it" % path)
        if not os.path.isdir(path):
            os.mkdir(path)
    return os.path.join(path, parts[-1])


def _write(path: str, data: bytes) -> None:
    # A file that starts with #! is meant to be executed, whatever the file system it came from could record.
    mode = 0o755 if data.startswith(b"#!") else 0o644
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(data)
