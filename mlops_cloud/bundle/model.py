"""A model bundle: model files, the code that loads them, the lock and the signature, under one digest."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis import bundle_files
from mlops_cloud.bundle.torch_file import SUFFIXES, foreign_names
from mlops_cloud.durable.files import write_atomic
from mlops_cloud.durable.hashing import canonical_json
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.provider.storage import TREE_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping

_PICKLES = {".pkl", ".pickle", ".joblib"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on this computer."""

    folder: Path
    digest: str
    """sha256 of the canonical JSON of (path, size, sha256) of every file but the manifest."""
    files: tuple[tuple[str, int, str], ...]


def write_bundle(
    folder: Path, model: Path, code: Mapping[str, Path], lock: str, signature: Mapping[str, Any], trust: str
) -> Bundle:
    """Lay out a bundle in an empty folder; InvalidSpecError when the model is empty or an untrusted pickle."""
    _refuse_pickles(model, trust)
    shutil.copytree(model, folder / "model", dirs_exist_ok=True)
    for name, source in code.items():
        target = folder / "code" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    write_atomic(folder / "requirements.lock", lock.encode())
    write_atomic(folder / "signature.json", canonical_json(dict(signature)))
    files = bundle_files.listed(folder)
    digest = bundle_files.digest(files)
    manifest = {"schema": 1, "digest": digest, "files": [list(file) for file in files]}
    write_atomic(folder / TREE_MANIFEST, canonical_json(manifest))
    return Bundle(folder, digest, files)


def verified(folder: Path, digest: str) -> Bundle:
    """The bundle in a folder; CorruptStateError names the first file that is not what was registered."""
    return Bundle(folder, digest, bundle_files.verified(folder, digest))


def signature_of(folder: Path) -> dict[str, Any]:
    """The signature of a bundle: inputs, output, example, predictor, trust."""
    signature: dict[str, Any] = json.loads((folder / "signature.json").read_bytes())
    return signature


def _refuse_pickles(model: Path, trust: str) -> None:
    names = [path.relative_to(model).as_posix() for path in sorted(model.rglob("*")) if path.is_file()]
    if not names:
        raise InvalidSpecError(
            "the job left no model", why="MLOPS_MODEL_DIR is empty", fix="save the model into MLOPS_MODEL_DIR"
        )
    if trust == "pickle":
        return
    _refuse_code_in_tensors(model, names)
    pickles = [name for name in names if Path(name).suffix in _PICKLES]
    if pickles:
        raise InvalidSpecError(
            f"the model holds a pickle: {pickles[0]}",
            why="a pickle runs code when it is loaded",
            fix="save it by mlops_runtime.save_model(model), or write `trust: pickle` on the step that trains it",
        )


def _refuse_code_in_tensors(model: Path, names: list[str]) -> None:
    for name in names:
        if Path(name).suffix in SUFFIXES and (foreign := foreign_names(model / name)):
            raise InvalidSpecError(
                f"the model holds a pickle: {name} names {', '.join(foreign[:3])}",
                why="beside tensors it says what to call, and that runs when it is loaded",
                fix="save model.state_dict() alone and load it with weights_only=True, or use safetensors, or write "
                "`trust: pickle` on the step that trains it",
            )
