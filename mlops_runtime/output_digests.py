"""outputs.json, beside the metrics of a job that succeeded: the digest of everything it made.

    {"model": {"digest": …}, "output": …, "checkpoint": …, <declared output>: …}

A file's digest is the sha256 of its bytes. A folder's is the sha256 of the canonical JSON (no spaces, UTF-8) of
[[path, size, sha256], …] of its files, sorted by path; paths are relative, with forward slashes. What a platform puts
into a folder beside that does not count: the job's record, or another of the three folders.
"""

from __future__ import annotations

import json
import os

from mlops_runtime import record_file
from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterator

    from mlops_runtime.context import Context

OUTPUT_DIGESTS = "outputs.json"
_CHUNK = 1 << 20
# The sha256 of "[]": most jobs leave one of the folders empty, and hashlib takes 3 ms to load.
_EMPTY = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def record(context: Context, declared: Dict[str, str]) -> None:
    """Write down the digests of the three folders and of every declared output; each file is read once."""
    place = os.path.join(os.path.dirname(context.metrics_file), OUTPUT_DIGESTS)
    places = {name: os.path.normpath(os.path.join(context.output_dir, path)) for name, path in declared.items()}
    places.update(model=context.model_dir, output=context.output_dir, checkpoint=context.checkpoint_dir)
    trees = _Trees(context, place)
    found = {name: {"digest": trees.digest(path)} for name, path in places.items() if os.path.exists(path)}
    record_file.write(place, json.dumps(found, sort_keys=True, indent=1) + "\n")


class _Trees:
    """The files below one job's folders."""

    def __init__(self, context: Context, place: str) -> None:
        folders = (context.model_dir, context.output_dir, context.checkpoint_dir)
        self._base = os.path.commonpath(folders)
        self._apart = {*folders, context.metrics_file, context.failure_file, place}
        temporary = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - a name is compared, nothing is written there
        own = (*folders, context.work_dir, temporary, *context.inputs.values())
        self._own = [os.path.realpath(folder) for folder in own]
        self._known: Dict[str, str] = {}

    def digest(self, path: str) -> str:
        """The digest of a file or folder."""
        self._refuse_outside(path)
        if os.path.isfile(path):
            return self._file_digest(path)
        files = sorted((_text(file[len(path) + 1 :]), file) for file in self._files(path))
        rows = [[name, os.path.getsize(file), self._file_digest(file)] for name, file in files]
        return _digest_of(rows) if rows else _EMPTY

    def _files(self, folder: str) -> Iterator[str]:
        waiting = [folder]
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.path in self._apart:
                        continue
                    if entry.is_symlink():
                        self._refuse_outside(entry.path)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file():
                        yield entry.path

    def _refuse_outside(self, path: str) -> None:
        """Refuse a link to what is not the job's: its content may change, be without end, or be nobody's business."""
        real = os.path.realpath(path)
        if not any(real == own or real.startswith(own + os.sep) for own in self._own):
            target = os.readlink(path) if os.path.islink(path) else real
            raise BadContractError(
                "%s is a link to %s: outputs are plain files and folders" % (os.path.relpath(path, self._base), target)
            )

    def _file_digest(self, path: str) -> str:
        if path not in self._known:
            from hashlib import sha256

            digest = sha256()
            with open(path, "rb") as file:
                for chunk in iter(lambda: file.read(_CHUNK), b""):
                    digest.update(chunk)
            self._known[path] = digest.hexdigest()
        return self._known[path]


def _digest_of(rows: object) -> str:
    from hashlib import sha256

    return sha256(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode("utf-8")).hexdigest()


def _text(name: str) -> str:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadContractError("the name of an output is not UTF-8: %s" % ascii(name)) from error
    return name
