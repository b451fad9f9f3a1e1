"""PyTorch files are told apart without PyTorch, by what they name."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.bundle.model import write_bundle
from mlops_cloud.bundle.torch_file import foreign_names
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("it ran",)


# What torch.save({"w": tensor}) writes: a call of torch._utils._rebuild_tensor_v2 on a torch.FloatStorage.
STATE = (
    b"\x80\x02}q\x00X\x01\x00\x00\x00wq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\x00\x00\x00storageq\x03"
    b"ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x02tq\x07QK\x00K\x02\x85q\x08K\x01"
    b"\x85q\t\x89ccollections\nOrderedDict\nq\n)Rq\x0btq\x0cRq\rs."
)


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("model/data.pkl", data)
        archive.writestr("model/data/0", b"\0" * 8)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (zipped(STATE), ()),
        (zipped(pickle.dumps(OrderedDict(a=[1, 2.0, "x", True]), 2)), ()),
        (zipped(pickle.dumps({1, 2}, 2)), ()),
        (zipped(pickle.dumps(Runs(), 2)), ("builtins.print",)),
        (zipped(STATE.replace(b"torch\nFloatStorage", b"torch\nload")), ("torch.load",)),
        (zipped(pickle.dumps(Runs(), 4)), ("something that only running it tells",)),
        (pickle.dumps(Runs(), 2), ("builtins.print",)),
        (zipped(b"\x80\x02\xff\xff"), None),
        (b"safe weights", ()),
        (zipped(b"")[:-30], ()),
    ],
)
def test_what_a_file_names(tmp_path: Path, data: bytes, named: tuple[str, ...] | None) -> None:
    (tmp_path / "model.pt").write_bytes(data)
    found = foreign_names(tmp_path / "model.pt")
    if named is None:
        assert found[0].startswith("something unreadable")
    else:
        assert found == named


@pytest.mark.parametrize("name", ["model.pt", "deep/model.pth", "last.ckpt", "pytorch_model.bin"])
def test_a_bundle_takes_weights_and_only_with_trust_more_than_that(tmp_path: Path, name: str) -> None:
    file = tmp_path / "model" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(zipped(STATE))
    write_bundle(tmp_path / "weights", tmp_path / "model", {}, "", {}, "")
    file.write_bytes(zipped(pickle.dumps(Runs(), 2)))
    with pytest.raises(InvalidSpecError, match=r"builtins\.print"):
        write_bundle(tmp_path / "refused", tmp_path / "model", {}, "", {}, "")
    trusted = write_bundle(tmp_path / "trusted", tmp_path / "model", {}, "", {}, "pickle")
    assert f"model/{name}" in {path for path, *_ in trusted.files}
