from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[mc.Client]:
    with mc.connect("local", project="shop", folder=tmp_path) as client:
        yield client


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


@pytest.fixture
def people(write: Callable[[str, str], Path]) -> Path:
    rows = "".join(f"{number},{'ab'[number % 2]}\n" for number in range(20))
    return write("people.csv", f"age,label\n{rows}")
