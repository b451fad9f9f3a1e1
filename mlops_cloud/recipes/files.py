"""The files that a step names: there, and inside the recipe's folder where they travel with a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_cloud.bundle.discovery import code_folder
from mlops_cloud.config.suggestion import nearest
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.packages.requirements import requirement_lines
from mlops_cloud.recipes.references import OPENING
from mlops_cloud.safety.names import path_fault, safe_join, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as Folder

    from mlops_cloud.recipes.problems import Path

_SCRIPTS = ("script", "notebook", "predictor")
_DATA = {"dataset": ("source",), "evaluation": ("data",), "batch_prediction": ("data",), "monitor": ("baseline",)}
_MODELS = {
    "evaluation": ("model", "champion"),
    "batch_prediction": ("model",),
    "model": ("model",),
    "endpoint": ("model",),
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_VERSIONED = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}(?:@[a-z][a-z0-9-]*|:[0-9a-f]{1,64})")


class Files:
    """Answers once for each path, however many steps name it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], str] = {}

    def faults(self, kind: str, fields: dict[str, Any]) -> Iterator[tuple[Path, str]]:
        """Field -> what is wrong with the file it names."""
        for path, check, text in _named(kind, fields):
            fault = self._fault(check, text) if OPENING not in text else ""
            if fault:
                yield path, fault

    def _fault(self, check: str, text: str) -> str:
        if (check, text) not in self._known:
            self._known[check, text] = getattr(self, f"_{check}_fault")(text)
        return self._known[check, text]

    def _script_fault(self, text: str) -> str:
        try:
            path = safe_join(self._folder, text)
        except InvalidSpecError as exc:
            return f"{exc.what}: {exc.why}"
        return "" if path.is_file() else self._missing(text)

    def _code_folder_fault(self, text: str) -> str:
        try:
            code_folder(self._folder, text)
        except InvalidSpecError as exc:
            return "; ".join(part for part in (exc.what, exc.why, exc.fix) if part)
        return ""

    def _glob_fault(self, text: str) -> str:
        fault = path_fault(text)
        return f"{shown(text)} is not a safe path: {fault}" if fault else ""

    def _requirements_fault(self, text: str) -> str:
        fault = self._script_fault(text)
        if fault:
            return fault
        try:
            content = (self._folder / text).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            return f"{shown(text)} cannot be read: {exc.strerror if isinstance(exc, OSError) else 'it is not UTF-8'}"
        return _lines_fault(content, text)

    def _requirement_fault(self, text: str) -> str:
        return _lines_fault(text, "this list")

    def _data_fault(self, text: str) -> str:
        if self._elsewhere(text):
            return ""
        return self._missing(text)

    def _model_fault(self, text: str) -> str:
        if self._elsewhere(text):
            return ""
        return f"{shown(text)} is no file of the recipe's folder and no version: write name:3 or name@alias"

    def _missing(self, text: str) -> str:
        there = [entry.name for entry in self._folder.iterdir()] if self._folder.is_dir() else []
        close = nearest(text, there)
        hint = f"; did you mean {close}?" if close else ""
        return f"there is no file {shown(text)} in the recipe's folder{hint}"

    def _elsewhere(self, text: str) -> bool:
        if _SCHEME.match(text) or _VERSIONED.fullmatch(text):
            return True
        try:
            return (self._folder / text).exists()
        except (OSError, ValueError):
            return False


def _lines_fault(text: str, name: str) -> str:
    try:
        requirement_lines(text, name)
    except InvalidSpecError as exc:
        return f"{exc.what}; {exc.fix}"
    return ""


def _named(kind: str, fields: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """(path, kind of check, text) of everything that names a file; what has another type is the spec's to refuse."""
    environment = fields.get("environment")
    requirements = environment.get("requirements") if isinstance(environment, dict) else None
    inputs = fields.get("inputs")
    code = fields.get("code")
    found: list[tuple[Path, str, object]] = [((name,), "script", _below(code, fields.get(name))) for name in _SCRIPTS]
    found += [(("code",), "code_folder", code)]
    found += [(("environment", "requirements"), "requirements", requirements)]
    found += [(("environment", "requirements", *at), "requirement", line) for at, line in _items(requirements)]
    found += [(("code", *at), "glob", glob) for at, glob in _items(code)]
    found += [((name,), "data", fields.get(name)) for name in _DATA.get(kind, ())]
    found += [((name,), "model", fields.get(name)) for name in _MODELS.get(kind, ())]
    found += [
        (("inputs", port), "data", source) for port, source in (inputs.items() if isinstance(inputs, dict) else ())
    ]
    for path, check, value in found:
        if isinstance(value, str) and value:
            yield path, check, value


def _below(code: object, name: object) -> object:
    """A script's path in the recipe's folder; `code:` may be the folder that it lies in."""
    folder = code.removeprefix("./").rstrip("/") if isinstance(code, str) else ""
    return f"{folder}/{name}" if isinstance(name, str) and name and folder not in ("", ".") else name


def _items(value: object) -> list[tuple[tuple[int], object]]:
    return [((index,), item) for index, item in enumerate(value)] if isinstance(value, list) else []
