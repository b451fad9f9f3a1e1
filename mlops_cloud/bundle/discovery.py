"""Which files a step needs: its script, what that imports from the recipe's folder, and what `code:` adds."""

from __future__ import annotations

import difflib
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from posixpath import dirname
from typing import TYPE_CHECKING

from mlops_cloud.bundle.code import Code, FileDigests, digest_of
from mlops_cloud.bundle.imports import imports_if_python, imports_of, imports_of_notebook
from mlops_cloud.bundle.lookup import Lookup
from mlops_cloud.bundle.notebooks import SUFFIX
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import safe_join, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops_cloud.bundle.imports import Import

MOST_BYTES = 10 * 1000 * 1000
_LARGEST_SHOWN = 5


def discover(script: Path | str, root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a script; `extra` are the globs of its `code:` field, relative to `root`."""
    finder = _Finder(root, digests or FileDigests())
    name = finder.script(str(script))
    finder.follow([name], (dirname(name), ""))
    code = finder.code(name, extra)
    return code if name.endswith((".py", SUFFIX)) else replace(code, libraries=finder.libraries_in(code.files))


def discover_module(module: str, root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a module by its dotted name, as `python -m` does."""
    finder = _Finder(root, digests or FileDigests())
    finder.follow(finder.module(module), ("",))
    return finder.code(module, extra)


def discover_files(root: Path, extra: Sequence[str] = (), digests: FileDigests | None = None) -> Code:
    """The code of a step that runs a command: only what its `code:` field names."""
    finder = _Finder(root, digests or FileDigests())
    code = finder.code("", extra)
    return replace(code, libraries=finder.libraries_in(code.files))


def code_folder(folder: Path, code: str) -> Path:
    """The one folder that `code:` names; InvalidSpecError when it is not there or lies elsewhere."""
    name = code.removeprefix("./").rstrip("/")
    root = safe_join(folder, name) if name not in ("", ".") else folder
    if not root.is_dir():
        raise InvalidSpecError(
            f"code: {shown(code)} is no folder",
            why=f"looked for {root}",
            fix="name the folder of the code; single files and globs stand in a list: code: [helper.py]",
        )
    return root


class _Finder:
    def __init__(self, root: Path, digests: FileDigests) -> None:
        self._root = root.resolve()
        self._digests = digests
        self._lookup = Lookup(self._root, digests)
        self._found: set[str] = set()
        self._libraries: set[str] = set()

    def script(self, script: str) -> str:
        if not (self._root / script).is_file():
            raise InvalidSpecError(
                f"the script {script} does not exist",
                why=f"looked for {self._root / script}",
                fix=_similar(script, self._root),
            )
        return self._lookup.inside(script)

    def module(self, dotted: str) -> list[str]:
        name = dotted.replace(".", "/")
        if all(part.isidentifier() for part in dotted.split(".")):
            if (self._root / name / "__main__.py").is_file():
                return self._lookup.module(f"{dotted}.__main__", ("",))
            if (self._root / f"{name}.py").is_file():
                return self._lookup.module(dotted, ("",))
        raise InvalidSpecError(
            f"the module {dotted} does not exist",
            why=f"looked for {name}.py and {name}/__main__.py in {self._root}",
            fix="give the dotted name that `python -m` would take in the recipe's folder",
        )

    def follow(self, names: Iterable[str], places: tuple[str, ...]) -> None:
        """Take the files, and what they import from the places."""
        waiting = list(names)
        while waiting:
            current = waiting.pop()
            if current in self._found:
                continue
            self._found.add(current)
            for wanted in self._imports(current):
                files = self._lookup.imported(wanted, current, places)
                waiting += files
                if not files and not wanted.level:
                    self._libraries.add(wanted.module.partition(".")[0])

    def libraries_in(self, names: Iterable[str]) -> tuple[str, ...]:
        """What Python files that nobody was seen to start import from elsewhere."""
        for name in names:
            if name.endswith(".py"):
                for wanted in self._digests.ask(imports_if_python, self._root / name):
                    if not wanted.level and not self._lookup.imported(wanted, name, (dirname(name), "")):
                        self._libraries.add(wanted.module.partition(".")[0])
        return self._third_party()

    def code(self, entry: str, extra: Sequence[str]) -> Code:
        for pattern in extra:
            self._found.update(self._matches(pattern))
        files = tuple(sorted(self._found))
        self._refuse_too_large(files)
        return Code(self._root, entry, files, digest_of(self._root, files, self._digests), self._third_party())

    def _imports(self, name: str) -> tuple[Import, ...]:
        if name.endswith(".py"):
            return self._digests.ask(imports_of, self._root / name)
        return self._digests.ask(imports_of_notebook, self._root / name) if name.endswith(SUFFIX) else ()

    def _third_party(self) -> tuple[str, ...]:
        return tuple(sorted(self._libraries - sys.stdlib_module_names))

    def _matches(self, pattern: str) -> list[str]:
        wanted = PurePosixPath(pattern)
        if wanted.is_absolute() or ".." in wanted.parts or not pattern.strip():
            raise InvalidSpecError(
                f"code: {pattern!r} leads out of the recipe's folder",
                why="its patterns are relative to that folder",
                fix="copy the files into the folder",
            )
        hidden = any(part.startswith(".") for part in wanted.parts)
        files = [path for match in self._root.glob(pattern) for path in _files_below(match)]
        found = [self._lookup.inside(str(path)) for path in files if self._travels(path, hidden=hidden)]
        if not found:
            raise InvalidSpecError(
                f"code: {pattern!r} matches no file", why=f"looked in {self._root}", fix=_similar(pattern, self._root)
            )
        return found

    def _travels(self, path: Path, *, hidden: bool) -> bool:
        parts = path.relative_to(self._root).parts
        if "__pycache__" in parts or path.suffix == ".pyc":
            return False
        # Nobody can import the folder's own __init__.py, and in the archive it would hide the standard `code` module.
        return parts != ("__init__.py",) and (hidden or not any(part.startswith(".") for part in parts))

    def _refuse_too_large(self, files: Sequence[str]) -> None:
        sizes = {name: (self._root / name).stat().st_size for name in files}
        total = sum(sizes.values())
        if total > MOST_BYTES:
            largest = sorted(sizes.items(), key=lambda item: -item[1])[:_LARGEST_SHOWN]
            raise InvalidSpecError(
                f"the code of this step is {total / 1e6:.1f} MB, more than 10 MB",
                why="largest: " + ", ".join(f"{name} ({size / 1e6:.1f} MB)" for name, size in largest),
                fix="give data and models as inputs; narrow the patterns of code:",
            )


def _files_below(match: Path) -> list[Path]:
    return [path for path in match.rglob("*") if path.is_file()] if match.is_dir() else [match]


def _similar(wanted: str, root: Path) -> str:
    names = sorted(path.name for path in root.iterdir() if path.is_file()) if root.is_dir() else []
    close = difflib.get_close_matches(PurePosixPath(wanted).name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"the folder holds: {', '.join(names[:10])}" if names else "the folder is empty"
