"""What a PyTorch file names beside tensors: it is a pickle inside, and may name any function for loading to call."""

from __future__ import annotations

import pickletools
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".bin"})
_LARGEST_PICKLE = 256 * 1024 * 1024
_FROM_THE_STACK = ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4")
# By these alone a state dict is written, and by these alone `torch.load(…, weights_only=True)` reads one.
_TENSORS = frozenset(
    {
        "_codecs encode",
        "builtins set",
        "builtins bytearray",
        "builtins complex",
        "collections Counter",
        "collections OrderedDict",
        "collections defaultdict",
        "torch Size",
        "torch device",
        "torch._tensor _rebuild_from_type_v2",
        "torch.nn.parameter Parameter",
        "torch.serialization _get_layout",
        *(
            f"torch._utils _rebuild_{kind}"
            for kind in ("tensor", "tensor_v2", "tensor_v3", "parameter", "parameter_with_state", "qtensor")
        ),
        *(f"torch._utils _rebuild_{kind}" for kind in ("sparse_tensor", "sparse_csr_tensor", "nested_tensor")),
    }
)
_TYPES = {
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("half", "float16", "bfloat16", "float", "float32", "double", "float64", "complex64", "complex128"),
    *("float8_e4m3fn", "float8_e5m2", "qint8", "quint8", "qint32", "per_tensor_affine"),
}


def foreign_names(path: Path) -> tuple[str, ...]:
    """What the file names that is no tensor and no plain container, sorted; empty for one that holds weights alone."""
    data = _pickle_in(path)
    if data is None:
        return ()
    try:
        found = {_called(code.name, argument) for code, argument, _ in pickletools.genops(data)}
    except (ValueError, IndexError, KeyError, UnicodeDecodeError) as exc:
        return (f"something unreadable ({exc})",)
    return tuple(sorted(found - {""}))


def _called(code: str, argument: object) -> str:
    if code in _FROM_THE_STACK:
        return "something that only running it tells"
    if code != "GLOBAL":
        return ""
    # Before protocol 3 pickles call Python's own module by its older name.
    module, _, name = str(argument).replace("__builtin__ ", "builtins ").partition(" ")
    plain = f"{module} {name}" in _TENSORS or (module == "torch" and (name in _TYPES or name.endswith("Storage")))
    return "" if plain else f"{module}.{name}"


def _pickle_in(path: Path) -> bytes | None:
    """The pickle of a file that torch wrote, today's or an old one; None when it is no such file."""
    with path.open("rb") as stream:
        first = stream.read(2)
        if first == b"\x80\x02":
            return first + stream.read(_LARGEST_PICKLE)
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"), "")
        if not name:
            return None
        with archive.open(name) as member:
            return member.read(_LARGEST_PICKLE)
