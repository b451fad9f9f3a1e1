"""A project's first files: a ready recipe or the example, its schema, its configuration."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import AlreadyExistsError, InvalidSpecError
from mlops_cloud.safety.names import slug

RECIPE = "recipe.yaml"
SCHEMA = "recipe.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema=./{SCHEMA}\n"
_EXAMPLE = Path(__file__).with_name("example")
_TEMPLATE = ".template"
_NAME = "example-name"
_LEFT_OUT = ("__pycache__", ".")


def start(folder: str, ready: str | None) -> list[str]:
    """Write a project's files into a folder and name them; AlreadyExistsError before anything is overwritten."""
    target = Path(folder)
    name = slug(target.resolve().name)
    files = _ready(ready) if ready else _example(name)
    files[RECIPE] = _with_schema_line(files[RECIPE])
    files[SCHEMA] = (json.dumps(_schema(), indent=2) + "\n").encode()
    files.setdefault("mlops-cloud.toml", _configuration(name))
    there = [name for name in files if (target / name).exists()]
    if there:
        raise AlreadyExistsError(
            f"{', '.join(there)} is there already", why="init overwrites nothing", fix="name a new folder"
        )
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        with (target / path).open("xb") as stream:
            stream.write(content)
    return sorted(files)


def ready_recipes() -> list[str]:
    """The names of the recipes that come with the library."""
    folder = _ready_folder()
    return sorted(path.parent.name for path in folder.glob(f"*/{RECIPE}")) if folder else []


def next_command(folder: str) -> str:
    """The command line that runs what was written."""
    enter = "" if folder == "." else f"cd {quote(folder)} && "
    return f"{enter}mlops-cloud run {RECIPE}"


def _ready_folder() -> Path | None:
    # In a wheel they lie in the package, in a checkout beside it.
    package = Path(__file__).parents[1]
    return next((place for place in (package / "_recipes", package.parent / "recipes") if place.is_dir()), None)


def _ready(name: str) -> dict[str, bytes]:
    known, folder = ready_recipes(), _ready_folder()
    if folder is None or name not in known:
        raise InvalidSpecError(f"no ready recipe is called {name!r}", fix=did_you_mean(name, known))
    paths = [path.relative_to(folder / name) for path in (folder / name).rglob("*") if path.is_file()]
    wanted = [path for path in paths if not any(part.startswith(_LEFT_OUT) for part in path.parts)]
    return {path.as_posix(): (folder / name / path).read_bytes() for path in wanted}


def _example(name: str) -> dict[str, bytes]:
    return {
        path.name.removesuffix(_TEMPLATE): path.read_text("utf-8").replace(_NAME, name).encode()
        for path in _EXAMPLE.glob(f"*{_TEMPLATE}")
    }


def _with_schema_line(recipe: bytes) -> bytes:
    return recipe if recipe.startswith(b"# yaml-language-server:") else SCHEMA_LINE.encode() + recipe


def _configuration(name: str) -> bytes:
    return f'project = "{name}"  # the namespace of everything that is created\n'.encode()


def _schema() -> dict[str, object]:
    from mlops_cloud.recipes.schema import recipe_schema

    return recipe_schema()
