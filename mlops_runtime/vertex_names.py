"""What Google Vertex AI tells a custom training job, by the same names and as plain paths.

https://cloud.google.com/vertex-ai/docs/training/code-requirements#environment-variables
"""

from __future__ import annotations

import json
import os

from mlops_runtime.places import folder_of, only_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict

    from mlops_runtime.context import Context

_PARTS = {"TRAINING": ("train", "training"), "VALIDATION": ("validation", "val"), "TEST": ("test",)}
_FORMATS = (".csv", ".jsonl")
_CLUSTER = {
    "cluster": {"workerpool0": ["localhost:2222"]},
    "task": {"type": "workerpool0", "index": 0},
}


def of_job(context: Context) -> Dict[str, str]:
    """Where to write; and where a managed dataset's parts would lie, for the inputs that are called like them."""
    found = {
        "AIP_MODEL_DIR": context.model_dir,
        "AIP_CHECKPOINT_DIR": context.checkpoint_dir,
        "AIP_TENSORBOARD_LOG_DIR": context.tensorboard_dir,
    }
    for part, names in _PARTS.items():
        for name in names:
            suffix = _format(context.inputs.get(name, ""))
            if suffix:
                path = context.inputs[name]
                found["AIP_%s_DATA_URI" % part] = only_file(path) or folder_of(path) + "/*" + suffix
                found.setdefault("AIP_DATA_FORMAT", suffix[1:])
    return found


def of_machine() -> Dict[str, str]:
    """What Vertex AI itself may have said already: a cluster of one."""
    return {"CLUSTER_SPEC": json.dumps(_CLUSTER)}


def _format(path: str) -> str:
    """The suffix of its files; empty unless it is one of those that Vertex AI exports a dataset in."""
    if not path or os.path.isfile(path):
        suffix = os.path.splitext(path)[1]
        return suffix if suffix in _FORMATS else ""
    seen = ""
    with os.scandir(path) as entries:  # left at the first that is something else, as in a folder of pictures
        for entry in entries:
            suffix = os.path.splitext(entry.name)[1]
            if not entry.name.startswith("."):
                if suffix not in _FORMATS or seen not in ("", suffix):
                    return ""
                seen = suffix
    return seen
