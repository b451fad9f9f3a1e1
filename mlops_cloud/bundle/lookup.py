"""Where the modules of a recipe's folder lie; folders are listed once for many steps."""

from __future__ import annotations

import os
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Literal

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlops_cloud.bundle.code import FileDigests
    from mlops_cloud.bundle.imports import Import

Kind = Literal["file", "folder", "link", ""]


class Lookup:
    """Files below a root by their posix path relative to it; "" is the root itself."""

    def __init__(self, root: Path, digests: FileDigests) -> None:
        self.root = root
        self._digests = digests
        self._listed: dict[str, Mapping[str, Kind]] = {}
        self._found: dict[tuple[Import, tuple[str, ...]], tuple[str, ...]] = {}

    def imported(self, wanted: Import, importer: str, places: tuple[str, ...]) -> tuple[str, ...]:
        """The files that an import statement of the importer loads, found in the places; none for a library."""
        if wanted.level:
            folder: str | None = dirname(importer)
            for _ in range(wanted.level - 1):
                folder = dirname(folder) if folder else None
            if folder is None:
                return ()
            places = (folder,)
        found = self._found.get((wanted, places))
        if found is None:
            modules = [f"{wanted.module}.{name}" if wanted.module else name for name in wanted.names]
            if wanted.module:
                modules.append(wanted.module)
            found = tuple(file for module in modules for file in self.module(module, places))
            self._found[wanted, places] = found
        return found

    def module(self, dotted: str, places: tuple[str, ...]) -> list[str]:
        """A module's file and its packages' __init__.py, from the first place that has its first part."""
        parts = dotted.split(".")
        for place in places:
            if self.is_folder(join(place, parts[0])) or self.is_file(join(place, f"{parts[0]}.py")):
                return list(self._below(place, parts))
        return []

    def is_file(self, name: str) -> bool:
        """Whether there is such a file; InvalidSpecError when it is a link that leads out of the root."""
        return self._kind(name) == "file"

    def is_folder(self, name: str) -> bool:
        """Whether there is such a folder; InvalidSpecError when it is a link that leads out of the root."""
        return self._kind(name) == "folder"

    def inside(self, name: str) -> str:
        """The normal form of a relative or absolute name; a file that lies elsewhere is refused."""
        path = normpath(join(str(self.root), name))
        real = os.path.realpath(path)
        for top in (str(self.root), os.path.realpath(self.root)):
            if path.startswith(top + "/") and real.startswith(os.path.realpath(self.root) + "/"):
                return path[len(top) + 1 :]
        raise InvalidSpecError(
            f"{name} lies outside the recipe's folder",
            why=f"it is {real}, and a job takes files only from {self.root}",
            fix="copy it into the folder",
        )

    def _below(self, place: str, parts: list[str]) -> Iterator[str]:
        for part in parts:
            package = join(place, part, "__init__.py")
            module = join(place, f"{part}.py")
            folder = self.is_folder(join(place, part))
            if folder and self.is_file(package):
                yield package
            elif self.is_file(module):
                yield module
                return
            elif not folder:
                return
            place = join(place, part)

    def _kind(self, name: str) -> Kind:
        folder = dirname(name)
        listed = self._listed.get(folder)
        if listed is None:
            listed = self._listed[folder] = self._digests.ask(_listing, self.root / folder)
        kind = listed.get(name[len(folder) + 1 :] if folder else name, "")
        if kind == "link":
            self.inside(name)
            target = self.root / name
            return "file" if target.is_file() else "folder" if target.is_dir() else ""
        return kind


def _listing(folder: Path) -> Mapping[str, Kind]:
    with os.scandir(folder) as entries:
        return {entry.name: _kind_of(entry) for entry in entries}


def _kind_of(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir():
        return "folder"
    return "file" if entry.is_file() else ""
