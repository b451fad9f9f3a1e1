from __future__ import annotations

import pytest

from mlops_cloud.config import requires as module
from mlops_cloud.config.requires import requirement_fault


@pytest.fixture(autouse=True)
def this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VERSION", "0.1.0")


@pytest.mark.parametrize(
    "requires", [">=0.1", ">=0.0.9,<1", "==0.1.0", "==0.1", "~=0.1", "!=0.2", "<=0.1", ">0", " >= 0.1 "]
)
def test_satisfied(requires: str) -> None:
    assert requirement_fault(requires) == ""


@pytest.mark.parametrize("requires", [">0.1", "<0.1", ">=0.2", "==0.2", "!=0.1.0", "~=1.0", ">=0.1,<0.1"])
def test_not_satisfied(requires: str) -> None:
    assert "this is 0.1.0" in requirement_fault(requires)


@pytest.mark.parametrize("requires", ["", "0.1", "latest", ">=", ">=0.1,", "=>0.1", 0.1, None, ">=" + "9" * 500])
def test_not_a_requirement(requires: object) -> None:
    assert requirement_fault(requires)
