"""The compilers are no part of the product; they stand beside their tests as a package of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.results.requests import RequestContext

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def key() -> Key:
    return Key("training", "churn.fit_a", "0123456789abcdef" * 2)


@pytest.fixture
def context(key: Key) -> RequestContext:
    """What a compiler is given beside the spec; each test replaces what its cloud writes otherwise."""
    return RequestContext(
        key=key,
        project="churn",
        code=Uri("s3://my-bucket/store/blobs/ab/abcdef.pyz"),
        packages=(Uri("s3://my-bucket/store/blobs/cd/cdef01.zip"),),
        inputs={"train": Uri("s3://my-bucket/store/datasets/churn/0a1b/train")},
        tags={"team": "CRM and sales"},
    )
