"""The description of a dataset's table, kept as plain JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_cloud.errors import CorruptStateError
from mlops_cloud.results.data import Column, TableDescription

TABLE = TableDescription(
    3, (Column("x", "integer"), Column("größe", "text", nullable=True)), "x", {"train": 2, "test": 1}
)


def test_plain_json_and_back() -> None:
    plain = json.loads(json.dumps(TABLE.to_json()))
    assert TableDescription.from_json(plain) == TABLE
    assert plain == {
        "rows": 3,
        "columns": [
            {"name": "x", "type": "integer", "nullable": False},
            {"name": "größe", "type": "text", "nullable": True},
        ],
        "target": "x",
        "splits": {"train": 2, "test": 1},
    }


@pytest.mark.parametrize(
    "broken",
    [{}, {**TABLE.to_json(), "rows": "many"}, {**TABLE.to_json(), "columns": [{"kind": "x"}]}, [], {"rows": 1}],
)
def test_what_is_no_description_is_told(broken: Any) -> None:
    with pytest.raises(CorruptStateError, match="description of a dataset"):
        TableDescription.from_json(broken)
