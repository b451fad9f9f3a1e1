"""The rules of the house: what is shipped, what is loaded, who knows whom, and how large things are."""

from __future__ import annotations

import ast
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.provider.base import Provider
from mlops_cloud.provider.datasets import Datasets
from mlops_cloud.provider.endpoints import Endpoints
from mlops_cloud.provider.jobs import Jobs
from mlops_cloud.provider.models import Models
from mlops_cloud.provider.monitors import Monitors
from mlops_cloud.provider.storage import Storage
from mlops_cloud.testing.signatures import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL: dict[str, Any] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
BUILT_IN: dict[str, dict[str, str]] = json.loads((ROOT / "mlops_cloud/providers.json").read_text())
SEAM = (Provider, Storage, Datasets, Jobs, Models, Endpoints, Monitors)

HEAVY = (
    "pydantic", "pydantic_core", "rich", "yaml", "sqlite3", "asyncio", "pluggy", "importlib.metadata", "numpy",
    "pandas", "scipy", "sklearn", "skops", "duckdb", "pyarrow", "optuna", "psutil", "starlette", "uvicorn",
    "boto3", "botocore", "sagemaker", "google", "azure",
)  # fmt: skip
"""What costs too much for `import mlops_cloud` and `mlops-cloud --help` (DESIGN, rule 8)."""

CLOUDS = {"sagemaker", "vertex", "azure", "azureml", "boto3", "botocore", "gcp", "aws", "amazon", "google", "microsoft"}
SPEAKS_CLOUD = ("mlops_cloud/runtime", "mlops_cloud/serving")
"""Folders that speak the platforms' contracts, and so name them."""
NAMED_ALL_THE_SAME: dict[tuple[str, str], str] = {}
"""(file, text) -> why this name of a provider has to stand in the core."""

LONGEST_FILE = 600
LONGEST_FUNCTION = 60
PRODUCT = ("mlops_cloud", "mlops_runtime", "providers")


# What is shipped


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from this tree without any network."""
    target = tmp_path_factory.mktemp("wheel")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(target))
    (file,) = target.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        yield opened


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    wanted = {f"{Path(package).name}/{name}" for package in WHEEL["packages"] for name in files_below(ROOT / package)}
    for source, target in WHEEL["force-include"].items():
        wanted |= {f"{target}/{name}" for name in files_below(ROOT / source)}
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == wanted


def test_every_package_is_typed_and_licensed(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    typed = {name.split("/")[0] for name in names if name.endswith("/py.typed")}
    assert typed >= {Path(package).name for package in WHEEL["packages"]} - {"mlops_runtime"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_entry_points_are_those_of_the_tree(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    parser = ConfigParser(delimiters=("=",))
    parser.read_string(wheel.read(name).decode())
    shipped = {group: dict(parser[group]) for group in parser.sections()}
    project = PYPROJECT["project"]
    assert shipped == {"console_scripts": project["scripts"], **project["entry-points"]}
    assert shipped["mlops_cloud"] == {provider: entry["module"] for provider, entry in BUILT_IN.items()}
    for target in (value for group in shipped.values() for value in group.values()):
        module, _, attribute = target.partition(":")
        assert not attribute or callable(getattr(import_module(module), attribute))


def test_dependencies_have_floors() -> None:
    project = PYPROJECT["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    assert [line for line in lines if ">=" not in line and not line.startswith("mlops-cloud[")] == []


# What is loaded


def test_import_loads_nothing_heavy() -> None:
    assert loaded_by("import mlops_cloud") == []


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['mlops-cloud', '--help']\n"
        "from mlops_cloud.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as exit:\n    assert not exit.code, exit.code\n"
    )
    assert loaded_by(code) == []


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_plugin_loads_nothing_heavy_but_what_hooks_need(name: str) -> None:
    allowed = {"pluggy", "importlib.metadata"}
    assert set(loaded_by(f"import {BUILT_IN[name]['module']}")) <= allowed


def test_every_public_name_is_there() -> None:
    import mlops_cloud

    assert {name for name in mlops_cloud.__all__ if getattr(mlops_cloud, name) is None} == set()


# Who knows whom


def test_floors_and_walls() -> None:
    run_tool("lint-imports", "--no-cache")


def test_the_core_names_no_provider() -> None:
    packages = [f"mlops_cloud_{name}" for name in BUILT_IN]
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for path in python_files("mlops_cloud")
        if not path.relative_to(ROOT).as_posix().startswith(SPEAKS_CLOUD)
        for text in texts_of(path)
        if not CLOUDS.isdisjoint(words_of(text)) or any(package in text for package in packages)
    }
    assert sorted(found - set(NAMED_ALL_THE_SAME)) == []
    assert sorted(set(NAMED_ALL_THE_SAME) - found) == [], "an exception that nothing needs any more"


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_signatures_are_those_of_the_seam(name: str) -> None:
    package = BUILT_IN[name]["module"].partition(".")[0]
    classes = [cls for cls in classes_of(package) if issubclass(cls, SEAM)]
    assert any(issubclass(cls, Provider) for cls in classes)
    wrong = [line for cls in classes for seam in SEAM if issubclass(cls, seam) for line in differences(cls, seam)]
    assert wrong == []


# How it is written


def test_ruff_finds_nothing() -> None:
    run("-m", "ruff", "check", ".")


def test_ruff_would_format_nothing() -> None:
    run("-m", "ruff", "format", "--check", ".")


def test_types_are_strict() -> None:
    run("-m", "mypy")


def test_no_file_is_long() -> None:
    everything = (*PRODUCT, "tests", "recipes", "benchmarks")
    lengths = {path: len(path.read_text().splitlines()) for top in everything for path in python_files(top)}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    long = {name: length for name, length in functions(*PRODUCT, "tests").items() if length > LONGEST_FUNCTION}
    assert long == {}


def test_functions_say_one_thing() -> None:
    lengths = sorted(functions(*PRODUCT).values())
    half, nine_of_ten = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
    assert half < 8
    assert nine_of_ten < 25


def test_every_field_is_described() -> None:
    from mlops_cloud.specs.base import Spec

    packages = ("mlops_cloud.specs", *(entry["module"].partition(".")[0] for entry in BUILT_IN.values()))
    models = {cls for package in packages for cls in classes_of(package) if issubclass(cls, Spec)}
    fields = {f"{cls.__name__}.{name}": field for cls in models for name, field in cls.model_fields.items()}
    assert len(fields) > 50
    assert sorted(name for name, field in fields.items() if not field.description) == []


# How it is found out


def run(*arguments: str) -> str:
    """What this interpreter says to the arguments, run in the repository; it must succeed."""
    return _done([sys.executable, *arguments])


def run_tool(name: str, *arguments: str) -> str:
    return _done([str(Path(sys.executable).parent / name), *arguments])


def _done(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def loaded_by(code: str) -> list[str]:
    """The heavy modules that some code loads in an interpreter of its own."""
    script = f"{code}\nimport sys\nprint('LOADED', *sys.modules)\n"
    loaded = set(run("-c", script).rpartition("LOADED")[2].split())
    return [name for name in HEAVY if name in loaded]


def files_below(folder: Path) -> Iterator[str]:
    """What belongs to a folder; a nested repository's or a tool's own files do not."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in parts):
            yield path.relative_to(folder).as_posix()


def python_files(top: str) -> list[Path]:
    return sorted(path for path in (ROOT / top).rglob("*.py") if "__pycache__" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def texts_of(path: Path) -> Iterator[str]:
    """Every identifier and string of a file; comments are free."""
    for node in ast.walk(tree_of(path)):
        for field, value in ast.iter_fields(node):
            if isinstance(value, str) and (field != "value" or isinstance(node, ast.Constant)):
                yield value


def words_of(text: str) -> set[str]:
    """The words of a text or of an identifier, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])", text)}


def functions(*tops: str) -> dict[str, int]:
    """Every function's place and number of lines, from its `def` to its end."""
    return {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for top in tops
        for path in python_files(top)
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def classes_of(package: str) -> list[type]:
    """The classes that the modules of a package define."""
    top = import_module(package)
    names = [package, *(info.name for info in pkgutil.walk_packages(top.__path__, f"{package}."))]
    found = [value for name in names for value in vars(import_module(name)).values() if isinstance(value, type)]
    return sorted({cls for cls in found if cls.__module__.startswith(package)}, key=lambda cls: cls.__qualname__)
