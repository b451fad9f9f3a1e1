"""What is not wrong with a recipe, and will be felt later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.bundle.notebooks import SUFFIX, python_of
from mlops_runtime.worlds.fixed_paths import fixed_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops_cloud.recipes.model import Recipe, Step

_DUMPS = re.compile(r"^[^#\n]*\b(joblib|pickle|cloudpickle|dill)\s*\.\s*dump\b", re.MULTILINE)
_MOST_FILES = 200


def advice(recipe: Recipe) -> Iterator[str]:
    """A line for each step whose code dumps an untrusted pickle, and for each that has a path of one platform in it."""
    for step in recipe.steps.values():
        for said in (_pickle(recipe, step), _fixed_path(recipe, step)):
            if said:
                yield f"steps.{step.name}: {said}"


def _pickle(recipe: Recipe, step: Step) -> str:
    if step.kind not in ("training", "tuning") or step.fields.get("trust"):
        return ""
    for file in _code(recipe, step):
        found = _DUMPS.search("\n".join(line for _, line in _lines(file)))
        if found:
            return (
                f"{file.name} writes a pickle by {found[1]}, which the registry refuses: "
                "save the model by mlops_runtime.save_model(model), or write `trust: pickle` on this step"
            )
    return ""


def _fixed_path(recipe: Recipe, step: Step) -> str:
    for file in _code(recipe, step):
        for place, line in _lines(file):
            found = fixed_path(line)
            if found:
                path, platform, variable = found
                return (
                    f"{place} has the path {path} written in, which only {platform} has: "
                    f'read os.environ["{variable}"], which is set there too'
                )
    return ""


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Each line of code with its place."""
    if file.suffix == SUFFIX:
        for number, cell in enumerate(python_of(file.read_bytes()), 1):
            yield from ((f"{file.name}, code cell {number},", line) for line in cell.splitlines())
        return
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        yield f"{file.name}:{number}", line


def _code(recipe: Recipe, step: Step) -> list[Path]:
    """The code of a step that is plain to see: what it starts, and the folder that its code or its module is."""
    code, module = step.fields.get("code"), str(step.fields.get("module", ""))
    root = recipe.folder / code if isinstance(code, str) else recipe.folder
    found = [root / str(step.fields.get(kind)) for kind in ("script", "notebook") if step.fields.get(kind)]
    if module:
        path = root.joinpath(*module.split("."))
        found += [path.with_suffix(".py"), *sorted(path.parent.glob("*.py") if "." in module else ())]
    if isinstance(code, str):
        found += sorted(root.rglob("*.py"))
    return [file for file in dict.fromkeys(found[:_MOST_FILES]) if file.is_file()]
