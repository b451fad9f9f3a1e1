"""A Jupyter notebook as code: its Python for finding imports, and its content without what a run left in it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".ipynb"
_AROUND_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")
_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|\S.*\?)$")
_ASSIGNED = re.compile(r"^(\s*[A-Za-z_][\w, ]*=\s*)[%!].*$")
_KEPT_METADATA = ("tags",)


def stripped(data: bytes) -> bytes:
    """The notebook without outputs, counters and what editors note down: running it in Jupyter changes no byte.

    What is no notebook stays as it is.
    """
    document = _document(data)
    if document is None:
        return data
    metadata = {"language_info": {"name": _language(document)}}  # which kernel has it is the machine's affair
    kept = {**document, "cells": [_cell(cell) for cell in document["cells"]], "metadata": metadata}
    return json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass") + b"\n"


def language_of(data: bytes) -> str:
    """What its code is written in, in lower case; `python` when it does not say, nothing for what is no notebook."""
    document = _document(data)
    return "" if document is None else _language(document)


def python_of(data: bytes) -> Iterator[str]:
    """The Python of each code cell, with `pass` for what only IPython understands."""
    document = _document(data) or {"cells": []}
    for cell in document["cells"]:
        if cell.get("cell_type") == "code":
            yield _without_magic(_source(cell))


def _document(data: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    cells = document.get("cells") if isinstance(document, dict) else None
    return document if isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells) else None


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    kept = {**cell, "metadata": {name: known[name] for name in _KEPT_METADATA if name in known}}
    return {**kept, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else kept


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    said = (_text(known.get("language_info"), "name"), _text(known.get("kernelspec"), "language"))
    return next((name.lower() for name in said if name), "python")


def _text(table: object, name: str) -> str:
    value = table.get(name) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _without_magic(source: str) -> str:
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        if first.split()[0] not in _AROUND_PYTHON:
            return ""
        source = rest
    return "\n".join(_ASSIGNED.sub(r"\1None", _MAGIC.sub(r"\1pass", line)) for line in source.splitlines())
