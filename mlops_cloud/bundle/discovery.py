"""Which files a step needs: its script, what that imports from the recipe's folder, and what `code:` adds."""

from __future__ import annotations

import difflib
import os.path
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlops_cloud.bundle.code import Code, FileDigests, digest_of
from mlops_cloud.bundle.imports import Import, imports_of
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_BYTES = 10 * 1000 * 1000
_LARGEST_SHOWN = 5


def discover(script: Path | str, root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a script; `extra` are the globs of its `code:` field, relative to `root`."""
    finder = _Finder(root, digests or FileDigests())
    path = finder.script(str(script))
    finder.follow(path, (path.parent, finder.root))
    return finder.code(finder.name_of(path), extra)


def discover_module(module: str, root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a module by its dotted name, as `python -m` does."""
    finder = _Finder(root, digests or FileDigests())
    finder.module(module)
    return finder.code(module, extra)


def discover_files(root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a command: only what its `code:` field names."""
    return _Finder(root, digests or FileDigests()).code("", extra)


class _Finder:
    def __init__(self, root: Path, digests: FileDigests) -> None:
        self.root = root.resolve()
        self._digests = digests
        self._found: dict[str, int] = {}

    def script(self, script: str) -> Path:
        path = self.root / script
        if not path.is_file():
            raise InvalidSpecError(
                f"the script {script} does not exist", why=f"looked for {path}", fix=_similar(script, self.root)
            )
        return self.root / self.name_of(path)

    def module(self, dotted: str) -> None:
        folder = self.root.joinpath(*dotted.split("."))
        if not all(part.isidentifier() for part in dotted.split(".")) or not (
            (folder / "__main__.py").is_file() or folder.with_suffix(".py").is_file()
        ):
            raise InvalidSpecError(
                f"the module {dotted} does not exist",
                why=f"looked for {folder}.py and {folder / '__main__.py'}",
                fix="give the dotted name that `python -m` would take in the recipe's folder",
            )
        self._take(dotted, (self.root,))
        self._take(f"{dotted}.__main__", (self.root,))

    def follow(self, path: Path, places: tuple[Path, ...]) -> None:
        """Take the file, and what it imports from the places."""
        waiting = [path]
        while waiting:
            current = waiting.pop()
            if self._add(current) and current.suffix == ".py":
                for wanted in self._digests.ask(imports_of, current):
                    waiting += self._files_of(wanted, current, places)

    def code(self, entry: str, extra: Sequence[str]) -> Code:
        for pattern in extra:
            self._add_matches(pattern)
        self._refuse_too_large()
        files = tuple(sorted(self._found))
        return Code(self.root, entry, files, digest_of(self.root, files, self._digests))

    def name_of(self, path: Path) -> str:
        """The path relative to root; a file that lies elsewhere, be it through a link, is refused."""
        if not path.resolve().is_relative_to(self.root):
            raise InvalidSpecError(
                f"{path} lies outside the recipe's folder",
                why=f"a job takes files only from {self.root}",
                fix="copy it into the folder",
            )
        return Path(os.path.normpath(path)).relative_to(self.root).as_posix()

    def _take(self, dotted: str, places: tuple[Path, ...]) -> None:
        for path in _module_files(dotted, places):
            self.follow(path, places)

    def _add(self, path: Path) -> bool:
        name = self.name_of(path)
        if name in self._found:
            return False
        self._found[name] = path.stat().st_size
        return True

    def _files_of(self, wanted: Import, importer: Path, places: tuple[Path, ...]) -> Iterator[Path]:
        module = wanted.module
        if wanted.level:
            folder = importer.parent
            for _ in range(wanted.level - 1):
                folder = folder.parent
            if not folder.is_relative_to(self.root):
                return
            places = (folder,)
        if module:
            yield from _module_files(module, places)
        for name in wanted.names:
            yield from _module_files(f"{module}.{name}" if module else name, places)

    def _add_matches(self, pattern: str) -> None:
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts or not pattern.strip():
            raise InvalidSpecError(
                f"code: {pattern!r} leads out of the recipe's folder",
                why="its patterns are relative to that folder",
                fix="copy the files into the folder",
            )
        matches = [path for match in self.root.glob(pattern) for path in _files_below(match)]
        hidden = any(part.startswith(".") for part in PurePosixPath(pattern).parts)
        kept = [path for path in matches if self._travels(path, hidden=hidden)]
        if not kept:
            raise InvalidSpecError(
                f"code: {pattern!r} matches no file", why=f"looked in {self.root}", fix=_similar(pattern, self.root)
            )
        for path in kept:
            self._add(path)

    def _travels(self, path: Path, *, hidden: bool) -> bool:
        parts = path.relative_to(self.root).parts
        if "__pycache__" in parts or path.suffix == ".pyc":
            return False
        # Nobody can import the folder's own __init__.py, and in the archive it would hide the standard `code` module.
        return parts != ("__init__.py",) and (hidden or not any(part.startswith(".") for part in parts))

    def _refuse_too_large(self) -> None:
        total = sum(self._found.values())
        if total > MOST_BYTES:
            largest = sorted(self._found.items(), key=lambda item: -item[1])[:_LARGEST_SHOWN]
            raise InvalidSpecError(
                f"the code of this step is {total / 1e6:.1f} MB, more than 10 MB",
                why="largest: " + ", ".join(f"{name} ({size / 1e6:.1f} MB)" for name, size in largest),
                fix="give data and models as inputs; narrow the patterns of code:",
            )


def _module_files(dotted: str, places: tuple[Path, ...]) -> list[Path]:
    """The file of a module and the __init__.py of its packages, from the first place that has its first part."""
    parts = dotted.split(".")
    for place in places:
        if (place / parts[0]).is_dir() or (place / f"{parts[0]}.py").is_file():
            return list(_below(place, parts))
    return []


def _below(place: Path, parts: list[str]) -> Iterator[Path]:
    for part in parts:
        package = place / part / "__init__.py"
        if package.is_file():
            yield package
        elif (place / f"{part}.py").is_file():
            yield place / f"{part}.py"
            return
        elif not (place / part).is_dir():
            return
        place = place / part


def _files_below(match: Path) -> list[Path]:
    return [path for path in match.rglob("*") if path.is_file()] if match.is_dir() else [match]


def _similar(wanted: str, root: Path) -> str:
    names = sorted(path.name for path in root.iterdir() if path.is_file()) if root.is_dir() else []
    close = difflib.get_close_matches(PurePosixPath(wanted).name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"the folder holds: {', '.join(names[:10])}" if names else "the folder is empty"
