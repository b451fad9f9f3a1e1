"""Paths that exist on one platform alone, and the variable that names the same place on all of them."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

_PATH = re.compile(r"/opt/ml/(?:input|model|output|checkpoints|processing)\b[\w./-]*")
_FALLBACK = re.compile(r"environ|getenv")  # `os.environ.get("SM_MODEL_DIR", "/opt/ml/model")` works everywhere
_VARIABLES = (
    (re.compile(r"/opt/ml/input/data/(\w+)"), "SM_CHANNEL_%s"),
    (re.compile(r"/opt/ml/input/config"), "SM_INPUT_CONFIG_DIR"),
    (re.compile(r"/opt/ml/model"), "SM_MODEL_DIR"),
    (re.compile(r"/opt/ml/output"), "SM_OUTPUT_DATA_DIR"),
    (re.compile(r"/opt/ml/checkpoints"), "MLOPS_CHECKPOINT_DIR"),
    (re.compile(r"/opt/ml/processing/input/(\w+)"), "MLOPS_INPUT_%s"),
)
_ELSE = "MLOPS_OUTPUT_DIR"


def fixed_path(line: str) -> Optional[Tuple[str, str, str]]:
    """The path in a line of code, the platform that has it, and the variable to read; None without such a path."""
    found = _PATH.search(line.partition("#")[0])
    if not found or _FALLBACK.search(line):
        return None
    return found[0], "Amazon SageMaker", _variable(found[0])


def _variable(path: str) -> str:
    for pattern, name in _VARIABLES:
        found = pattern.match(path)
        if found:
            return name % found[1].upper() if found.groups() else name
    return _ELSE
