"""A job's archive: the shim, the entry and the user's code as one zip with the same bytes on every host.

Members are stored, not deflated: zlib and zlib-ng give different bytes for the same text.

Layout of a job's archive, which `python3 <archive>` starts:

    __main__.py              starts the shim
    entry.json               what to run, and the files under code/
    mlops_runtime/           the shim, from the installed package
    mlops_cloud/runtime/     `from mlops_cloud.runtime import log_metric`; a namespace package, so an installed
                             mlops_cloud is found before it
    code/                    the user's files

Our own jobs have a module of ours as their entry, and carry it in a second archive (`package_archive`) that job.json
lists under `packages`. The shim puts on PYTHONPATH: the work folder, the job's archive, the packages in their order.
There a carried `mlops_cloud`, a regular package, wins over an installed one and over the namespace above: a job runs
the code that its digest names, whatever the image holds.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import mlops_runtime
from mlops_cloud.bundle.code import content
from mlops_cloud.durable.files import write_atomic
from mlops_cloud.errors import InvalidSpecError
from mlops_runtime.extract import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops_cloud.bundle.code import Code

_MAIN = b"""import os
import sys

# The shim leaves this folder before its last import.
sys.path[0] = os.path.abspath(sys.path[0])

from mlops_runtime.start import main

main(sys.path[0], __import__("mlops_runtime").__loader__, sys.argv[1:])
"""
CARRIED = ("__init__.py", "errors.py", "version.py", "analysis", "runtime", "safety")
"""The parts of mlops_cloud that our own jobs import."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """What a job executes: a script's or notebook's path, a module, or a command (a text for a shell, or its parts)."""

    kind: Literal["script", "command", "module", "notebook"]
    value: str | list[str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    file_inputs: tuple[str, ...] = ()
    """The inputs that a command's `${{ inputs.x }}` names as a file: the others are folders to it."""
    mlflow: Literal["", "server", "stand-in"] = ""
    """How `import mlflow` is served: by a tracking server for the real client, or by a module of ours."""

    def extras(self) -> dict[str, object]:
        """Of the last two, those that are given."""
        extras: dict[str, object] = {"file_inputs": list(self.file_inputs), "mlflow": self.mlflow}
        return {name: value for name, value in extras.items() if value}


@dataclass(frozen=True)
class Archive:
    """A file, its sha256 in hexadecimal and its size in bytes."""

    path: Path
    digest: str
    size: int


def build_archive(entry: Entry, code: Code | None, target: Path) -> Archive:
    """The archive of a job at `target`; the same entry and code give the same bytes."""
    files = code.files if code else ()
    members = {"__main__.py": _MAIN, "entry.json": _entry(entry, files)}
    members |= {f"mlops_runtime/{name}": data for name, data in _package_files(_runtime())}
    # PEP 420: without an __init__.py, and with an entry of its own, the folder is a namespace package.
    members |= {"mlops_cloud/": b"", "mlops_cloud/runtime/__init__.py": content(_mlops_cloud() / "runtime/__init__.py")}
    if code:
        members |= {f"code/{name}": content(code.root / name) for name in files}
    return _written(target, _zipped(members))


def package_archive(package: Path, name: str, target: Path, only: Sequence[str] = ()) -> Archive:
    """The importable package at folder `package` as an archive; `only` names the parts of it that are taken."""
    members = {f"{name}/{part}": data for part, data in _package_files(package) if _chosen(part, only)}
    return _written(target, _zipped(members))


def own_package_archive(target: Path) -> Archive:
    """The part of mlops_cloud that our own jobs import: analysis and what it stands on, with no third-party package."""
    return package_archive(_mlops_cloud(), "mlops_cloud", target, only=CARRIED)


def _entry(entry: Entry, files: Sequence[str]) -> bytes:
    for name, path in entry.outputs.items():
        parts = path.removesuffix("/").split("/")
        if any(part in ("", ".", "..") for part in parts) or "\0" in path:
            raise InvalidSpecError(
                f"outputs.{name}: {path!r} is no path below the output folder",
                why="a job's outputs lie in MLOPS_OUTPUT_DIR",
                fix="give a relative path without '..'",
            )
    document = {
        "format": FORMAT,
        "kind": entry.kind,
        "value": entry.value,
        "outputs": dict(entry.outputs),
        **entry.extras(),
        "files": list(files),
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _chosen(part: str, only: Sequence[str]) -> bool:
    return not only or any(part == wanted or part.startswith(f"{wanted}/") for wanted in only)


def _package_files(package: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path.relative_to(package).as_posix(), content(path)


def _runtime() -> Path:
    return Path(mlops_runtime.__file__).parent


def _mlops_cloud() -> Path:
    return Path(__file__).parents[1]


def _zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.create_system = 3
            member.external_attr = (0o040755 << 16 | 0x10) if name.endswith("/") else 0o100644 << 16
            archive.writestr(member, members[name])
    return buffer.getvalue()


def _written(target: Path, data: bytes) -> Archive:
    write_atomic(target, data, durable=False)  # the store keeps its own copy
    return Archive(target, hashlib.sha256(data).hexdigest(), len(data))
