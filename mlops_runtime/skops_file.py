"""A skops file with the same bytes for the same model, still readable by stock skops.

skops names its members and nodes by memory addresses and stamps them with the clock; sets come in hash order, and
the padding of structured arrays (a tree's nodes) is whatever memory held.
"""

from __future__ import annotations

import io
import json
import os
import zipfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Tuple

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"
_ADDRESS = "_stop_words_id"  # of text vectorizers: which list of words they last checked, compared with id()


def save(model: object, path: str) -> None:
    """Write the model to the path, whole or not at all."""
    from mlops_runtime.skops_import import skops_io

    with skops_io() as skops:
        data = canonical(skops.dumps(model))
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    partial = path + ".partial"
    with open(partial, "wb") as file:
        file.write(data)
    os.replace(partial, path)


def canonical(data: bytes) -> bytes:
    """The same skops document with ids counted from 1, members named by them, and no times."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        schema = json.loads(source.read(_SCHEMA))
        _settle(schema)
        renamed = _renumber(schema)
        members = {new: _clean(new, source.read(old)) for old, new in renamed.items()}
    members[_SCHEMA] = json.dumps(schema, indent=2).encode()
    return _zipped(members)


def _settle(schema: Dict[str, Any]) -> None:
    """Put sets in order and clear the one attribute of scikit-learn that holds an address."""
    for node in _nodes(schema):
        if node["__loader__"] == "SetNode":
            node["content"].sort(key=_without_ids)
        elif node["__loader__"] == "DictNode" and _ADDRESS in node["content"]:
            node["content"][_ADDRESS]["content"] = "0"


def _without_ids(node: Dict[str, Any]) -> str:
    plain = json.loads(json.dumps(node), object_hook=lambda found: {k: v for k, v in found.items() if k != "__id__"})
    return json.dumps(plain, sort_keys=True)


def _nodes(schema: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    """Every node of the document, in its order; recursion would end at deep ensembles."""
    waiting: List[Any] = [schema]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if isinstance(current.get("__loader__"), str):
                yield current
            waiting += reversed(list(current.values()))
        elif isinstance(current, list):
            waiting += reversed(current)


def _renumber(schema: Dict[str, Any]) -> Dict[str, str]:
    """Count the ids anew, in place; answers the members' old and new names."""
    numbers: Dict[int, int] = {}
    renamed: Dict[str, str] = {}
    for node in _nodes(schema):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
        if "file" in node and "type" in node:
            suffix = os.path.splitext(node["file"])[1]
            node["file"] = renamed.setdefault(node["file"], "%d%s" % (len(renamed) + 1, suffix))
    return renamed


def _clean(name: str, data: bytes) -> bytes:
    import numpy as np

    if not name.endswith(".npy"):
        return _zipped(dict(_members(data))) if name.endswith(".npz") else data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if not array.dtype.names:
        return data
    cleaned = np.zeros(array.shape, array.dtype)  # zeros_like leaves the padding as it finds it
    for field in array.dtype.names:
        cleaned[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, cleaned, allow_pickle=False)
    return buffer.getvalue()


def _members(data: bytes) -> Iterator[Tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        for name in source.namelist():
            yield name, source.read(name)


def _zipped(members: Dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            target.writestr(member, members[name])
    return buffer.getvalue()
