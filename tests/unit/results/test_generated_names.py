"""Names made from keys: what every provider takes."""

from __future__ import annotations

import re

import pytest

from mlops_cloud.results.identity import Key

HASH = "0123456789abcdef" * 2
LEGAL = re.compile(r"[a-z0-9](-?[a-z0-9])*")


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("churn", "churn-0123456789ab"),
        ("churn.fit_a", "churn-fit-a-0123456789ab"),
        ("..a__b..c--", "a-b-c-0123456789ab"),
        ("CamelCase", "camelcase-0123456789ab"),
        ("Größe", "gr-e-0123456789ab"),
        ("._-", "0123456789ab"),
        ("", "0123456789ab"),
    ],
)
def test_a_generated_name(slug: str, name: str) -> None:
    assert Key("training", slug, HASH).name() == name


@pytest.mark.parametrize("slug", ["a" * 80, "a-" * 40, "a._b-9" * 12, "-" * 63])
def test_every_limit_is_kept_and_the_hash_stays_whole(slug: str) -> None:
    key = Key("training", slug, HASH)
    for limit in range(13, 64):
        name = key.name(limit)
        assert len(name) <= limit
        assert LEGAL.fullmatch(name)
        assert name.endswith("0123456789ab")
