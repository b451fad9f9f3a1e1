"""Find what is in a bundle, or in a plain folder of model files, and load it by the safest way that it allows."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.allowlist import TRUSTED_TYPES
from mlops_cloud.analysis.bundle_files import verified
from mlops_cloud.errors import InvalidSpecError
from mlops_runtime.skops_import import skops_io

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

_PICKLES = (".joblib", ".pkl", ".pickle")


class Loaded:
    """A model in memory, and the user's own predict() for it if the bundle has one."""

    def __init__(self, model: Any, predictor: ModuleType | None = None) -> None:  # noqa: ANN401 - any library's model
        self.model = model
        self.predictor = predictor


def load(folder: Path, digest: str = "") -> Loaded:
    """The model of a bundle; InvalidSpecError for one that cannot be loaded safely or has no model that we know.

    With the digest under which it was registered every byte is checked first; CorruptStateError.
    """
    if digest:
        verified(folder, digest)
    signature = signature_of(folder)
    files = folder / "model" if (folder / "model").is_dir() else folder
    if signature.get("predictor"):
        module = _module(folder / str(signature["predictor"]))
        return Loaded(module.load(str(files)), module)
    found = sorted(path for path in files.rglob("*") if path.suffix in (".skops", *_PICKLES))
    if len(found) != 1:
        names = ", ".join(path.name for path in sorted(files.iterdir())) or "nothing"
        raise InvalidSpecError(
            f"the model folder holds {len(found)} models that load without a predictor",
            why=f"it holds {names}",
            fix="save one model by mlops_runtime.save_model(model), or write predictor: with load() and predict()",
        )
    if found[0].suffix in _PICKLES:
        return Loaded(_unpickled(found[0], str(signature.get("trust", "")), folder / "code"))
    return Loaded(_from_skops(found[0]))


def signature_of(folder: Path) -> dict[str, Any]:
    """What signature.json says; empty for a plain folder of model files."""
    path = folder / "signature.json"
    signature: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return signature


def _module(path: Path) -> ModuleType:
    # Modules that the predictor imports lie beside it.
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("predictor", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InvalidSpecError(f"the predictor {path.name} is not in the bundle")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("load", "predict"):
        if not callable(getattr(module, name, None)):
            raise InvalidSpecError(
                f"{path.name} has no function {name}()", fix="write load(model_dir), predict(model, rows)"
            )
    return module


def _from_skops(path: Path) -> Any:  # noqa: ANN401 - any scikit-learn model
    with skops_io() as io:
        foreign = sorted(name for name in io.get_untrusted_types(file=path) if name not in TRUSTED_TYPES)
        if foreign:
            raise InvalidSpecError(
                f"{path.name} holds types that are not trusted: {', '.join(foreign[:5])}",
                why="a file may name any function to be called when it is loaded",
                fix="use scikit-learn's own estimators, or write predictor: with load() and predict()",
            )
        return io.load(path, trusted=sorted(TRUSTED_TYPES))


def _unpickled(path: Path, trust: str, code: Path) -> Any:  # noqa: ANN401 - whatever was pickled
    if trust != "pickle":
        raise InvalidSpecError(
            f"{path.name} is a pickle, which runs code when it is loaded",
            fix="write `trust: pickle` on the step that trains it, or save it by mlops_runtime.save_model(model)",
        )
    import joblib

    sys.path.insert(0, str(code))
    return joblib.load(path)
