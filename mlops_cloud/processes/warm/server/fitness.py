"""Whether a script finds in a copy of the server all that it would find in a new interpreter."""

from __future__ import annotations

import os
import re
import sys
import warnings
import zipfile
import zipimport

from mlops_cloud.processes.warm.variables import counts_at_import, decisive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from mlops_cloud.processes.warm.server.initial import Initial

_LIBRARY = "numpy"  # every other that reads variables is loaded with it
_NOTEBOOK = "mlops_runtime.notebook"
_MODULES = (".py", ".pyc", ".so")
_NAME = re.compile(rb"[A-Z][A-Z0-9_]{3,}")


def hindrance(initial: Initial, argv: list[str], environment: dict[str, str]) -> str:
    """Why the script needs an interpreter of its own; empty when a copy is as good."""
    if not _is_python(argv):
        return "it is no Python script or module"
    if argv[0] != sys.executable:
        return "it wants another interpreter"
    return (
        _other_variable(initial, environment)
        or _hidden_module(initial, argv, environment.get("PYTHONPATH", ""))
        or (_LIBRARY in initial.names and _variable_in_code())
        or ""
    )


def compiled(script: str) -> CodeType | None:
    """The script's code; None where an interpreter that reads the file would complain, each version in its own way."""
    file = os.path.join(os.getcwd(), script)
    with open(file, "rb") as source, warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        try:
            code = compile(source.read(), file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return None if complaints else code


def _is_python(argv: list[str]) -> bool:
    if len(argv) > 2 and argv[1] == "-m":
        return argv[2] != _NOTEBOOK
    return len(argv) > 1 and argv[1].endswith(".py") and argv[1][0] != "-" and os.path.isfile(argv[1])


def _other_variable(initial: Initial, environment: dict[str, str]) -> str:
    wanted = {name: value for name, value in decisive(environment).items() if name not in initial.chosen}
    differing = (name for name in {*wanted, *initial.variables} if wanted.get(name) != initial.variables.get(name))
    name = min(differing, default="")
    return f"its {name} is not that of the warm server" if name else ""


def _hidden_module(initial: Initial, argv: list[str], search: str) -> str:
    """A file of the job's that is called like a module which is imported already."""
    folders = [os.getcwd() if argv[1] == "-m" else os.path.dirname(os.path.realpath(argv[1]))]
    for folder in (*folders, *filter(None, search.split(os.pathsep))):
        for name in _modules_in(folder):
            if name in initial.names:
                return f"its own {name} would be hidden by the one that is imported already"
    return ""


def _modules_in(path: str) -> Iterator[str]:
    """The top-level modules and packages in an entry of PYTHONPATH."""
    if os.path.isdir(path):
        for name in os.listdir(path):
            if name.endswith(_MODULES) or os.path.exists(os.path.join(path, name, "__init__.py")):
                yield name.partition(".")[0]
        return
    below: list[str] = []
    while path and not os.path.exists(path):
        path, _, last = path.rpartition("/")
        below.insert(0, last)
    if os.path.isfile(path):
        yield from _modules_in_zip(path, "".join(part + "/" for part in below))


def _modules_in_zip(path: str, prefix: str) -> Iterator[str]:
    for name in _names_in_zip(path):
        if name.startswith(prefix):
            top, _, rest = name[len(prefix) :].partition("/")
            if rest == "__init__.py" or (not rest and top.endswith(_MODULES)):
                yield top.partition(".")[0]


def _names_in_zip(path: str) -> Iterable[str]:
    known = getattr(zipimport, "_zip_directory_cache", {}).get(path)  # the shim came from the job's archive
    if known is not None:
        return list(known)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):  # nothing can be imported from it
        return ()


def _variable_in_code() -> str:
    """A variable that a library reads when it is imported, and that the code wants to set before."""
    for folder, _, names in os.walk("."):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    found = {word.decode() for word in _NAME.findall(file.read())}
                if named := min(filter(counts_at_import, found), default=""):
                    return f"{os.path.normpath(os.path.join(folder, name))} names {named}, which counts at an import"
    return ""
